"""Errors of writing, as the user's input: the folder that was asked for cannot be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import InvalidInputError
from model.os_errors import in_words


class WritingError(InvalidInputError):
    """The folder that was asked for cannot be written."""


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Name ``out`` where the block fails to write under it: a full disk, a read-only one.

    Raises:
        WritingError: for an ``OSError`` of the block.
        FileNotFoundError: as it comes, if it names a file.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename is not None:
            raise
        where = f"{error.filename}: " if error.filename not in {None, str(out)} else ""
        raise WritingError(f"out: cannot write {out}: {where}{in_words(error)}") from error
