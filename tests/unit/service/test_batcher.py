import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest

from service.adaptive_limit import AdaptiveLimit
from service.crowd import Crowd
from service.deadline import Deadline
from service.errors import DeadlineError
from service.scorers.batcher import Batcher, Floats
from service.turnstile import Turnstile

AMPLE = Deadline.after_ms(3_600_000)


def rows(*values: float) -> Floats:
    """Rows of one field, one float wide."""
    return np.array(values, np.float32).reshape(-1, 1, 1)


class Bench:
    """A batcher, what it called, and the gateway's way to it.

    Attributes:
        calls: the values of each call's rows.
        told: what was observed.
        failure: raised by the next call, if set.
    """

    def __init__(self, most_rows: int = 64, delay_ms: float = 60_000) -> None:
        self.calls: list[list[float]] = []
        self.told: list[float] = []
        self.failure: Exception | None = None
        self.limit = AdaptiveLimit(1000, 1.0)
        self.turnstile = Turnstile()
        crowd = Crowd(self.limit, self.turnstile)
        self.batcher = Batcher(
            self._call, most_rows, most_rows // 2, delay_ms / 1e3, crowd, self.told.append
        )

    def _call(self, x0: Floats) -> tuple[Floats, Floats]:
        self.calls.append(x0.ravel().tolist())
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        return x0.ravel() + 0.5, x0.ravel()

    async def request(
        self, *values: float, deadline: Deadline = AMPLE, work_s: float = 0.0
    ) -> list[float]:
        """Do what a request does: be counted, wait for its turn, be worked on, be scored."""
        self.limit.in_flight += 1
        try:
            await self.turnstile.enter()
            time.sleep(work_s)  # on the event loop, as parsing is
            return (await self.batcher.score(rows(*values), deadline)).tolist()
        finally:
            self.limit.in_flight -= 1


async def both(*requests: Coroutine[Any, Any, list[float]]) -> list[Any]:
    return await asyncio.gather(*requests, return_exceptions=True)


async def crowd_of(bench: Bench, count: int) -> list[Any]:
    """Send requests at once, the first of them behind another, as under load."""
    bench.limit.in_flight += 1
    try:
        return await both(*(bench.request(value) for value in range(count)))
    finally:
        bench.limit.in_flight -= 1


def test_a_request_that_is_alone_is_scored_at_once_without_waiting_for_the_event_loop():
    bench = Bench()
    bench.limit.in_flight = 1
    alone = bench.batcher.score(rows(1, 2), AMPLE)
    with pytest.raises(StopIteration) as ended:
        alone.send(None)  # no turn of any loop
    assert ended.value.value.tolist() == [1.5, 2.5]
    assert bench.told == [1]


def test_requests_that_are_here_at_the_same_time_are_one_call_and_each_gets_its_own_scores():
    bench = Bench()

    async def run() -> list[Any]:
        bench.limit.in_flight += 1
        return await both(bench.request(1), bench.request(2, 3), bench.request(4, 5, 6))

    assert asyncio.run(run()) == [[1.5], [2.5, 3.5], [4.5, 5.5, 6.5]]
    assert bench.calls == [[1, 2, 3, 4, 5, 6]]
    assert bench.told == [3]


def test_nobody_is_waited_for_that_has_not_come():
    bench = Bench(delay_ms=3_600_000)

    async def run() -> list[float]:
        bench.limit.in_flight += 1  # of one that waits for something else, for ever
        async with asyncio.timeout(30):
            return await bench.request(1)

    assert asyncio.run(run()) == [1.5]
    assert bench.calls == [[1]]


def test_the_first_of_a_burst_waits_for_the_others_while_there_was_company_lately():
    bench = Bench()

    async def run() -> None:
        await crowd_of(bench, 3)
        await both(*(bench.request(value) for value in range(10, 14)))
        await bench.request(20)  # has a look around, in vain
        bench.limit.in_flight = 1
        with pytest.raises(StopIteration):
            bench.batcher.score(rows(30), AMPLE).send(None)

    asyncio.run(run())
    assert bench.calls == [[0, 1, 2], [10, 11, 12, 13], [20], [30]]


def test_the_wait_is_bounded_however_many_come():
    bench = Bench(delay_ms=20)

    async def run() -> list[Any]:
        bench.limit.in_flight += 1
        return await both(*(bench.request(value, work_s=0.005) for value in range(30)))

    assert asyncio.run(run()) == [[value + 0.5] for value in range(30)]
    assert [value for call in bench.calls for value in call] == list(range(30))
    assert max(bench.told) <= 6  # each starts 5 ms after the last, or later


def test_a_call_has_no_more_rows_than_are_allowed():
    bench = Bench(most_rows=8)

    async def run() -> list[Any]:
        bench.limit.in_flight += 1
        return await both(*(bench.request(value, value, value) for value in range(7)))

    assert asyncio.run(run()) == [[value + 0.5] * 3 for value in range(7)]
    assert [len(call) for call in bench.calls] == [6, 6, 6, 3]


def test_a_call_that_is_full_is_not_held_back():
    bench = Bench(most_rows=4)

    async def run() -> list[Any]:
        bench.limit.in_flight += 1
        return await both(*(bench.request(value, value) for value in range(4)))

    asyncio.run(run())
    assert [len(call) for call in bench.calls] == [4, 4]


@pytest.mark.parametrize(("count", "small"), [(1, True), (32, True), (33, False), (64, False)])
def test_requests_of_more_than_half_a_call_go_their_own_way(count: int, small: bool):
    assert Bench(most_rows=64).batcher.takes(count) is small


def test_a_request_that_is_cancelled_is_left_out_and_harms_nobody():
    bench = Bench()

    async def run() -> list[Any]:
        bench.limit.in_flight += 1
        tasks = [asyncio.create_task(bench.request(value)) for value in range(3)]
        while bench.limit.in_flight < 4:
            await asyncio.sleep(0)
        tasks[0].cancel()
        return await both(*tasks)

    gone, *others = asyncio.run(run())
    assert isinstance(gone, asyncio.CancelledError)
    assert others == [[1.5], [2.5]]
    assert bench.calls == [[1, 2]]


def test_nothing_is_called_for_requests_that_are_all_cancelled():
    bench = Bench()

    async def run() -> None:
        bench.limit.in_flight = 2
        task = asyncio.create_task(bench.request(1))
        await asyncio.sleep(0)
        task.cancel()
        await both(task)
        await asyncio.sleep(0.01)
        bench.limit.in_flight -= 1
        assert await bench.request(2) == [2.5]

    asyncio.run(run())
    assert bench.calls == [[2]]


def test_an_error_reaches_every_request_of_its_call_and_no_other():
    bench = Bench()
    bench.failure = ValueError("broken")

    async def run() -> tuple[list[Any], list[Any]]:
        return await crowd_of(bench, 3), await crowd_of(bench, 3)

    failed, good = asyncio.run(run())
    assert [str(error) for error in failed] == ["broken"] * 3
    assert good == [[0.5], [1.5], [2.5]]


def test_a_request_whose_time_is_up_gets_an_error_and_the_others_their_scores():
    bench = Bench()

    async def run() -> list[Any]:
        bench.limit.in_flight += 1
        late = bench.request(1, deadline=Deadline.after_ms(1), work_s=0.01)
        return await both(bench.request(0), late, bench.request(2))

    first, late, last = asyncio.run(run())
    assert isinstance(late, DeadlineError)
    assert (first, last) == ([0.5], [2.5])
    assert bench.calls == [[0, 2]]


def test_a_request_that_is_alone_and_late_is_not_scored():
    bench = Bench()
    with pytest.raises(DeadlineError, match="scoring: must start"):
        asyncio.run(bench.request(1, deadline=Deadline.after_ms(-1)))
    assert bench.calls == []
