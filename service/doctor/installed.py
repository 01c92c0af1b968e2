"""Python, the packages that these settings need, and the processor for TensorFlow."""

import platform
from collections.abc import Iterable, Iterator
from importlib import metadata

from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped
from service.doctor.requirement import in_range, requirements

_PACKAGE = "dynint"


def check_python(case: Case) -> Iterator[Finding]:
    """Compare Python with what the package says that it needs."""
    ours = platform.python_version()
    try:
        wanted = metadata.metadata(_PACKAGE)["Requires-Python"]
    except metadata.PackageNotFoundError:
        yield skipped("python", f"{ours}; the package {_PACKAGE!r} is not installed")
        return
    if in_range(ours, wanted):
        yield ok("python", f"{ours} ({wanted})", version=ours)
    else:
        yield failed(
            "python",
            f"{ours}, where {wanted} is needed",
            "Make the virtual environment with a Python of that range",
            version=ours,
        )


def needed_extras(case: Case) -> frozenset[str]:
    """Name the extras that the settings need."""
    extras = {"gateway"}
    if not case.settings.scorer_targets:
        extras.add("embedded")
    if case.settings.tracing_endpoint is not None:
        extras.add("tracing")
    return frozenset(extras)


def check_packages(case: Case) -> Iterator[Finding]:
    """Compare what is installed with what is needed; nothing is imported."""
    extras = needed_extras(case)
    try:
        lines = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        yield skipped(
            "packages",
            f"the package {_PACKAGE!r} is not installed, so nothing says what it needs",
            f"pip install '.[{','.join(sorted(extras))}]'",
        )
        return
    yield from compare(lines, extras)


def compare(lines: Iterable[str], extras: frozenset[str]) -> Iterator[Finding]:
    """Compare what is installed with lines of metadata.

    Args:
        lines: as ``Requires-Dist`` has them.
        extras: whose packages are needed.
    """
    count = wrong = 0
    for each in requirements(lines, extras):
        count += 1
        try:
            version = metadata.version(each.name)
        except metadata.PackageNotFoundError:
            found = f"{each.name} is not installed"
        else:
            if each.allows(version):
                continue
            found = f"{each.name} is {version}, where {each.range} is needed"
        wrong += 1
        extra = f"[{each.extra}]" if each.extra else ""
        yield failed(
            f"package {each.name}", found, f"pip install '{_PACKAGE}{extra}' installs what fits"
        )
    if not wrong:
        named = ", ".join(sorted(extras))
        yield ok("packages", f"{count} packages for {named}, each in its range", packages=count)
