"""Secrets come from files: arguments are seen by everyone on the machine, variables by every child."""

from pathlib import Path

from model.errors import InvalidInputError
from model.os_errors import in_words
from model.regular_file import read_regular


def read_secret(path: Path, name: str) -> str:
    """Read a secret; white space around it is no part of it.

    Args:
        path: the file.
        name: of the setting, for the error.

    Raises:
        InvalidInputError: naming the setting, the file and what is wrong, and nothing of its content.
    """
    try:
        secret = read_regular(path).decode().strip()
    except OSError as error:
        raise InvalidInputError(
            f"{name}: must be a file that can be read; {path}: {in_words(error)}"
        ) from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{name}: must be text in UTF-8; {path} is not") from None
    if not secret:
        raise InvalidInputError(f"{name}: must hold something; {path} is empty")
    return secret
