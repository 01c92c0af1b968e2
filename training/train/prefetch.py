"""Doing the next items' work in a thread while the present one is used."""

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")

WAIT_SECONDS = 0.1
"""How often a waiting thread looks whether it should stop."""


class _End:
    """Says that the source has no more items, or why it broke."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Prefetch(Generic[T]):
    """Iterate over a source that runs in a background thread, up to ``depth`` items ahead.

    Use it as a context manager: leaving it ends the thread. An exception of the source is raised
    where its item would have come.

    Args:
        source: what is iterated over; only ever used by the thread.
        depth: items kept ready, at least 1.
    """

    def __init__(self, source: Iterator[T], depth: int) -> None:
        self._source = source
        self._ready: queue.Queue[T | _End] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="prefetch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._ready.get()
            if not isinstance(item, _End):
                yield item
                continue
            if item.error is not None:
                raise item.error
            return

    def _fill(self) -> None:
        end = _End(None)
        try:
            for item in self._source:
                if not self._put(item):
                    return
        except BaseException as error:  # handed to the thread that iterates
            end = _End(error)
        self._put(end)

    def _put(self, item: T | _End) -> bool:
        while not self._stop.is_set():
            try:
                self._ready.put(item, timeout=WAIT_SECONDS)
            except queue.Full:
                continue
            return True
        return False
