"""Which packages a run was made with."""

import platform
from importlib import metadata

PACKAGES = ("dynint", "tensorflow", "keras", "numpy", "pyarrow", "scikit-learn", "cityhash")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a run's numbers."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
