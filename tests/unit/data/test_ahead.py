import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from training.prepare.ahead import ahead


def test_gives_the_same_items_in_order():
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead([])) == []


def test_the_next_item_is_made_while_the_last_is_used():
    made = threading.Semaphore(0)

    def numbers() -> Iterator[int]:
        for number in range(3):
            made.release()
            yield number

    with closing(ahead(numbers())) as items:
        next(items)
        assert made.acquire(timeout=10)
        assert made.acquire(timeout=10)


def test_an_error_reaches_the_caller():
    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("x")

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(KeyError):
        next(items)


def test_leaving_early_closes_the_source():
    closed = []

    def numbers() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    with closing(ahead(numbers())) as items:
        next(items)
    assert closed == [True]
