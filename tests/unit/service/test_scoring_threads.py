import asyncio
import threading

import numpy as np
import pytest

from service.adaptive_limit import AdaptiveLimit
from service.crowd import Crowd
from service.deadline import Deadline
from service.errors import DeadlineError
from service.scorers.batcher import Floats
from service.scorers.scoring_threads import ScoringThreads, never_worth_a_hop
from service.slots import Slots
from service.turnstile import Turnstile

AMPLE = Deadline.after_ms(3_600_000)
ROW = np.ones((1, 1, 1), np.float32)


def make(
    threads: int, in_flight: int = 1, slots: Slots | None = None, inline_rows: int = 200
) -> ScoringThreads:
    limit = AdaptiveLimit(100, 1.0)
    limit.in_flight = in_flight
    return ScoringThreads(threads, inline_rows, Crowd(limit, Turnstile()), slots or Slots())


@pytest.mark.parametrize(
    ("threads", "in_flight", "rows", "worth"),
    [
        (1, 1, 200, False),
        (1, 9, 200, False),
        (1, 1, 201, True),
        (2, 1, 200, False),
        (2, 2, 20, False),
        (2, 2, 21, True),
        (2, 1, 201, True),
    ],
)
def test_company_is_scored_in_threads_where_there_are_several_and_large_requests_always(
    threads: int, in_flight: int, rows: int, worth: bool
):
    assert make(threads, in_flight).are_worth_a_hop(rows) is worth


def test_two_calls_run_at_the_same_time_beside_the_event_loop():
    together = threading.Barrier(3, timeout=20)

    def call(x0: Floats) -> tuple[Floats, ...]:
        together.wait()
        return (x0,)

    async def both() -> None:
        threads = make(2)
        running = [asyncio.create_task(threads.call(call, (ROW,), AMPLE)) for _ in range(2)]
        await asyncio.to_thread(together.wait)
        assert [found[0].tolist() for found in await asyncio.gather(*running)] == [ROW.tolist()] * 2
        threads.close()

    asyncio.run(both())


def test_a_call_takes_a_slot_until_it_ends():
    slots = Slots(1)

    async def ask() -> None:
        threads = make(2, slots=slots)
        running = asyncio.create_task(threads.call(lambda x0: (x0,), (ROW,), AMPLE))
        await asyncio.sleep(0)
        assert slots.room == 0
        await running
        assert slots.room == 1
        threads.close()

    asyncio.run(ask())


def test_a_call_that_fails_gives_its_slot_back():
    slots = Slots(1)

    async def ask() -> None:
        threads = make(2, slots=slots)
        with pytest.raises(ZeroDivisionError):
            await threads.call(lambda _: 1 / 0, (ROW,), AMPLE)  # type: ignore[arg-type,return-value]
        assert slots.room == 1
        threads.close()

    asyncio.run(ask())


@pytest.mark.parametrize("way", ["late", "cancelled"])
def test_a_call_that_nobody_waits_for_keeps_its_slot_until_it_ends(way: str):
    slots, ends = Slots(1), threading.Event()

    def call(x0: Floats) -> tuple[Floats, ...]:
        assert ends.wait(20)
        return (x0,)

    async def ask() -> None:
        threads = make(2, slots=slots)
        room = asyncio.Event()
        slots.on_room = room.set
        deadline = Deadline.after_ms(50) if way == "late" else AMPLE
        running = asyncio.create_task(threads.call(call, (ROW,), deadline))
        if way == "late":
            with pytest.raises(DeadlineError, match="scoring: must end before"):
                await running
        else:
            await asyncio.sleep(0.05)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        await asyncio.sleep(0.01)
        assert slots.room == 0
        ends.set()
        await asyncio.wait_for(room.wait(), 20)
        assert slots.room == 1
        threads.close()

    asyncio.run(ask())


def test_a_call_that_outlives_its_event_loop_says_nothing(caplog: pytest.LogCaptureFixture):
    ends = threading.Event()
    threads = make(1)

    def call(x0: Floats) -> tuple[Floats, ...]:
        assert ends.wait(20)
        return (x0,)

    async def ask() -> None:
        with pytest.raises(DeadlineError):
            await threads.call(call, (ROW,), Deadline.after_ms(20))

    asyncio.run(ask())
    ends.set()
    threads.executor.shutdown(wait=True)
    assert not caplog.records


@pytest.mark.parametrize(
    ("threads", "inline_rows", "rows"), [(1, 200, 200), (2, 200, 20), (2, 5, 5), (1, 0, 0)]
)
def test_so_many_rows_stay_on_the_event_loop_whatever_the_company(
    threads: int, inline_rows: int, rows: int
):
    assert never_worth_a_hop(threads, inline_rows) == rows
    made = make(threads, in_flight=9, inline_rows=inline_rows)
    assert not made.are_worth_a_hop(rows)
    assert made.are_worth_a_hop(rows + 1)
