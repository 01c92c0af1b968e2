"""The SHA-256 of each file of a trained model, written beside them and checked before they are read."""

from pathlib import Path

from model.bundle.file_digest import FileDigest
from model.bundle.sealed_json import read_sealed, write_sealed
from model.console import say
from model.errors import BundleError, InvalidInputError

DIGESTS = "digests.json"


def write_digests(folder: Path) -> None:
    """Digest every other file of a folder into its ``digests.json``, in place of one that is there."""
    files = sorted(file for file in folder.iterdir() if file.name != DIGESTS)
    write_sealed(
        folder / DIGESTS,
        {"files": {file.name: FileDigest.measure(file).to_json() for file in files}},
    )


def check_digests(folder: Path) -> None:
    """Check that the files of a folder are those that were saved; each is read once, in pieces.

    A folder without ``digests.json``, from before there were any, is taken with a warning.

    Raises:
        FileNotFoundError: if one of the files is absent.
        InvalidInputError: naming the file, if it or ``digests.json`` was altered.
    """
    if not (folder / DIGESTS).exists():
        (folder / "model.json").stat()
        say(f"warning: {folder} has no {DIGESTS}: whether its files were altered cannot be told")
        return
    try:
        files = read_sealed(folder / DIGESTS)["files"]
        expected = {name: FileDigest.from_json(entry) for name, entry in files.items()}
    except (BundleError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInputError(
            f"{folder}: must be a trained model as it was saved; {DIGESTS} was altered: {error}"
        ) from error
    for name, digest in expected.items():
        if FileDigest.measure(folder / name) != digest:
            raise InvalidInputError(
                f"{folder}: must be a trained model as it was saved; {name} was altered, its "
                f"SHA-256 is not the one in {DIGESTS}. Train it again, or put back a copy"
            )
