"""A bound on the calls that run and on the calls that wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from service.model_server.serving_error import ServingError


class CallGate:
    """Let ``running`` calls in at once and ``waiting`` more queue, each until its own deadline."""

    def __init__(self, running: int, waiting: int) -> None:
        self._running = threading.Semaphore(running)
        self._limit = running + waiting
        self._inside = 0
        self._closed = False
        self._lock = threading.Condition()

    def close(self) -> None:
        """Let no further call in."""
        with self._lock:
            self._closed = True

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no call is inside; False if one still is after ``seconds``."""
        with self._lock:
            return self._lock.wait_for(lambda: self._inside == 0, seconds)

    @contextmanager
    def enter(self, seconds: float | None) -> Iterator[None]:
        """Wait for a place for at most ``seconds``, the call's time left (None: for ever).

        Raises:
            ServingError: RESOURCE_EXHAUSTED at once if the queue is full, UNAVAILABLE if the gate is
                closed, DEADLINE_EXCEEDED if no place came free in time.
        """
        with self._lock:
            if self._closed:
                raise ServingError(grpc.StatusCode.UNAVAILABLE, "The server is shutting down")
            if self._inside >= self._limit:
                raise ServingError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    f"The queue is full: {self._limit} calls are running or waiting",
                )
            self._inside += 1
        try:
            if not self._running.acquire(timeout=_timeout(seconds)):
                raise ServingError(
                    grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline exceeded before the call could run"
                )
            try:
                yield
            finally:
                self._running.release()
        finally:
            with self._lock:
                self._inside -= 1
                self._lock.notify_all()


def _timeout(seconds: float | None) -> float | None:
    """Bound a wait by what the platform can; gRPC gives some 292 years for "no deadline"."""
    return None if seconds is None else min(max(seconds, 0.0), threading.TIMEOUT_MAX / 2)
