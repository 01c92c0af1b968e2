"""Work one item ahead."""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar, cast

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Give the same items, the next one being made in a thread while the caller works on the last.

    Close it when leaving early (``contextlib.closing``): that ends the thread and the source.

    Raises:
        Exception: what making an item raises, in the caller's thread.
    """
    source = iter(items)
    end = object()
    making = Lock()
    left = False

    def make() -> T | object:
        with making:
            return end if left else next(source, end)

    try:
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
            coming = pool.submit(make)
            while (item := coming.result()) is not end:
                coming = pool.submit(make)
                yield cast(T, item)
    finally:
        # An interrupt while the pool starts its thread leaves one that the pool does not wait for.
        with making:
            left = True
            if isinstance(source, Generator):
                source.close()
