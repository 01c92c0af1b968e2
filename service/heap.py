"""Give freed memory back to the system."""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


def give_back() -> None:
    """Have the C library return what it keeps for later; where it cannot, do nothing.

    A release's graphs and weights leave holes of megabytes in its arenas, which the next release
    does not fit into. Takes some milliseconds; other threads go on.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], Any] | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # not glibc
        return None
