"""Processes of this project that end with the one that began them."""

import os
import signal
import threading

FOLLOWS = "DYNINT_ENDS_WITH_PARENT"
"""Set in the environment of a child whose standard input is a pipe from its parent."""


def end_with_parent() -> None:
    """In such a child: end, as by SIGTERM, when its parent is gone.

    A parent that is killed cannot end its child. The pipe that is the child's standard input is
    closed by the parent's end, however it ends.
    """
    if FOLLOWS in os.environ:
        threading.Thread(target=_wait_for_the_end, name="parent", daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
