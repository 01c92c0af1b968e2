"""Threads that give way to those that serve."""

import os
import threading

_NICENESS = 10


def lower_priority() -> None:
    """Let the calling thread, and those that it starts, give way, where threads have priorities."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
