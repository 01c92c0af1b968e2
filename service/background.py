"""Threads for work that requests must not feel."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

_NICENESS = 10


def background_thread(name: str) -> ThreadPoolExecutor:
    """Make an executor of one thread that gives way to the others, where threads have priorities."""
    return ThreadPoolExecutor(1, name, initializer=_lower_priority)


def _lower_priority() -> None:
    if sys.platform == "linux":  # elsewhere priorities are of processes
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
