"""Tell model servers of a version that is about to be promoted, so that they load it."""

from dataclasses import replace
from pathlib import Path

from model.bundle.model_dir import chosen, model_lock
from model.bundle.paths import check_version
from model.bundle.pointer import read_pointer, write_pointer
from model.bundle.serving_config import widen
from model.errors import InvalidInputError


def announce(model_dir: Path, version: str | int) -> None:
    """Have model servers load a version; nothing that is live changes.

    It becomes the pointer's ``awaited`` version, which the development model server follows, and
    TF Serving's list names it. Promoting it, or anything else, ends that; so does ``withdraw``. Of
    several that are announced the last one counts.

    Args:
        model_dir: ``ROOT/<model-name>``.
        version: one that is there and verifies.

    Raises:
        InvalidInputError: if ``version`` is none or is not there, or a file cannot be written.
        BundleError: if the version does not verify, or the pointer cannot be read.
    """
    digits = check_version(version)
    chosen(model_dir, digits)
    with model_lock(model_dir):
        old = read_pointer(model_dir)
        if old is None:  # the development model server serves every version then
            try:
                widen(model_dir, [int(digits)])
            except OSError as error:
                raise InvalidInputError(
                    f"{model_dir}: cannot be written: {error.strerror}; nothing was promoted"
                ) from error
        elif int(digits) not in old.versions:
            write_pointer(model_dir, replace(old, awaited=digits))


def withdraw(model_dir: Path, version: str | int) -> None:
    """End what ``announce`` began, unless the version was promoted or another one announced.

    Raises:
        InvalidInputError: if the pointer cannot be written.
        BundleError: if the pointer cannot be read.
    """
    with model_lock(model_dir):
        old = read_pointer(model_dir)
        if old is not None and old.awaited == check_version(version):
            write_pointer(model_dir, replace(old, awaited=None))
