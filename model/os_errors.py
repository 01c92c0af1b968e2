"""What the system said when it refused to read or write, in plain words."""

import os


def in_words(error: OSError) -> str:
    """Tell an ``OSError`` in one short text, without its number and path where it has them.

    NumPy writes arrays through C's ``fwrite`` and knows no reason when less is written than asked
    for ("40 requested and 0 written"); nearly always it is that of a full disk.
    """
    if error.errno is not None:
        return os.strerror(error.errno)
    text = str(error)
    if "requested and" in text and text.endswith("written"):
        return f"No space left on device, it seems ({text})"
    return text


def is_forbidden(error: BaseException) -> bool:
    """Tell whether an error is, or comes from, a file that this user may not read or write."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermissionError):
            return True
        cause = cause.__cause__
    return False
