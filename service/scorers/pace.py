"""Python work that gives way to the event loop."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, sleep

_RUN_S = 0.0005
_PAUSE_S = 0.001


@contextmanager
def paced() -> Iterator[None]:
    """Make the calling thread pause for a millisecond whenever it has run for half of one.

    A thread that computes in Python shares the interpreter with the event loop half and half, and
    keeps it for up to 5 ms each time that a request lets go of it (for TensorFlow, for a socket):
    ten times a request. A thread that mostly sleeps is mostly not there. Looks at the clock at
    each call that the thread makes, by the interpreter's profiling hook, so code of others can be
    paced too; a long call into C is not cut.
    """
    until_s = perf_counter() + _RUN_S

    def look(*_: object) -> None:
        nonlocal until_s
        if perf_counter() >= until_s:
            sleep(_PAUSE_S)
            until_s = perf_counter() + _RUN_S

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)
