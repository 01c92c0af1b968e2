import sys
import threading
from time import perf_counter, thread_time

import pytest

from service.scorers.pace import paced


def work() -> int:
    return sum(abs(number) for number in range(50_000))


def test_a_thread_that_is_paced_sleeps_longer_than_it_runs():
    begin_s, cpu_s = perf_counter(), thread_time()
    with paced():
        total = work()
    cpu_s, spent_s = thread_time() - cpu_s, perf_counter() - begin_s
    assert total == work()
    assert spent_s > 2 * cpu_s


def test_other_threads_are_not_paced_and_the_thread_is_not_afterwards():
    seen: list[object] = []
    with paced():
        other = threading.Thread(target=lambda: seen.append(sys.getprofile()))
        other.start()
        other.join()
        assert sys.getprofile() is not None
    assert seen == [None]
    assert sys.getprofile() is None


def test_an_error_goes_through_and_ends_it():
    with pytest.raises(ZeroDivisionError), paced():
        raise ZeroDivisionError
    assert sys.getprofile() is None
