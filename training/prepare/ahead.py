"""Work one item ahead."""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
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
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
            coming = pool.submit(next, source, end)
            while (item := coming.result()) is not end:
                coming = pool.submit(next, source, end)
                yield cast(T, item)
    finally:
        if isinstance(source, Generator):
            source.close()
