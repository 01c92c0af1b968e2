import threading

import pytest

from training.train.prefetch import Prefetch


def test_items_come_in_order():
    with Prefetch(iter(range(100)), depth=3) as items:
        assert list(items) == list(range(100))


def test_the_source_runs_ahead_by_its_depth_and_no_more():
    made = []
    third = threading.Event()

    def source():
        for item in range(10):
            made.append(item)
            if len(made) == 3:
                third.set()
            yield item

    with Prefetch(source(), depth=2) as items:
        assert third.wait(5)
        assert made == [0, 1, 2]  # two ready, one waiting for its place
        assert next(iter(items)) == 0


def test_an_error_of_the_source_is_raised_where_its_item_would_have_come():
    def source():
        yield 1
        raise ValueError("broken shard")

    with Prefetch(source(), depth=4) as items:
        iterator = iter(items)
        assert next(iterator) == 1
        with pytest.raises(ValueError, match="broken shard"):
            next(iterator)


def test_leaving_early_ends_the_thread():
    before = threading.active_count()
    with Prefetch(iter(int, 1), depth=1) as items:
        assert next(iter(items)) == 0
    assert threading.active_count() == before
