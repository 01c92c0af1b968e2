import asyncio
import socket
from itertools import pairwise
from time import perf_counter, process_time, sleep

import pytest

from service.slots import Slots
from service.turnstile import Turnstile

REQUESTS = 60
WORK_S = 0.002


def run(turnstile: Turnstile, look_s: float, wait_s: float = 0.0) -> tuple[list[int], list[float]]:
    """Have requests that are there together start, while each look at the sockets takes its time.

    Args:
        turnstile: where they start.
        look_s: what a look takes.
        wait_s: what each waits for others before its own work.

    Returns:
        The places of the requests in the order of their starts, and when the sockets were looked at,
        in seconds.
    """
    started: list[int] = []
    looks: list[float] = []

    def look() -> None:
        looks.append(perf_counter())
        sleep(look_s)

    async def request(place: int) -> None:
        await turnstile.enter()
        started.append(place)
        begin = perf_counter()
        if wait_s:
            await asyncio.sleep(wait_s)
        sleep(WORK_S)
        turnstile.left(perf_counter() - begin)

    async def all_of_them() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.send(b"x")  # never read: there at each look
            loop.add_reader(ours, look)
            await asyncio.gather(*map(request, range(REQUESTS)))
            loop.remove_reader(ours)

    asyncio.run(all_of_them())
    return started, looks


@pytest.mark.parametrize("look_s", [0.0, 0.005])
def test_requests_start_in_the_order_they_came(look_s: float):
    started, _ = run(Turnstile(), look_s)
    assert started == list(range(REQUESTS))


def test_short_looks_come_between_any_two_requests():
    # A standstill of the machine counts as a long look: one run of five without is enough.
    runs = (run(Turnstile(share=0.1, most_s=1.0), 0.0) for _ in range(5))
    assert any(len(looks) >= REQUESTS * 0.8 for _, looks in runs)


def test_long_looks_have_their_share_of_the_time():
    begin = perf_counter()
    _, looks = run(Turnstile(share=0.1, most_s=1.0), 0.005)
    # After 5 ms, 45 ms of work: some twenty requests. The first looks come before that is known.
    assert len(looks) <= 12
    assert perf_counter() - begin < 60


def test_looks_are_never_further_apart_than_the_bound():
    _, looks = run(Turnstile(share=0.01, most_s=0.02), 0.005)
    # Of 120 ms of work there is a look after each 20 at most: ten requests.
    assert len(looks) >= REQUESTS / 10 - 1


def test_what_requests_do_after_a_wait_keeps_the_looks_no_further_apart():
    _, looks = run(Turnstile(share=0.05, most_s=0.05), 0.0, wait_s=0.002)
    gaps = sorted(later - earlier for earlier, later in pairwise(looks))
    assert gaps[-len(gaps) // 20] < 0.05


def test_as_many_as_a_long_look_allows_start_as_they_come_and_before_the_next_look():
    turnstile, look_s = Turnstile(share=0.1, most_s=1.0), 0.005
    run(turnstile, look_s)  # what a look takes is known now, and what a request takes
    started, looks = run(turnstile, look_s)
    assert started == list(range(REQUESTS))
    # 45 ms of work after 5 ms: sixty requests of 2 ms take three turns, two looks more in between.
    assert len(looks) <= 6


def test_one_that_is_alone_does_not_wait():
    turnstile = Turnstile()

    async def alone() -> bool:
        await turnstile.enter()
        turning = turnstile.is_turning
        await asyncio.sleep(0.01)
        return turning and not turnstile.is_turning

    assert asyncio.run(alone())


@pytest.mark.parametrize("leaver", [1, 2], ids=["its start is next", "it waits"])
def test_who_left_meanwhile_takes_nobodys_turn_and_keeps_nobody_waiting(leaver: int):
    turnstile = Turnstile()
    started: list[int] = []

    async def request(place: int) -> None:
        await turnstile.enter()
        started.append(place)

    async def all_and_one_leaves() -> None:
        tasks = [asyncio.create_task(request(place)) for place in range(6)]
        await asyncio.sleep(0)
        tasks[leaver].cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        await asyncio.sleep(0.01)
        assert not turnstile.is_turning

    asyncio.run(all_and_one_leaves())
    assert started == [place for place in range(6) if place != leaver]


def test_none_start_while_the_threads_that_score_do_not_keep_up_and_the_loop_sleeps_meanwhile():
    slots = Slots(3)
    turnstile = Turnstile(slots)
    started: list[int] = []

    async def request(place: int) -> None:
        await turnstile.enter(beside=True)
        started.append(place)
        slots.take()

    async def eight() -> None:
        tasks = [asyncio.create_task(request(place)) for place in range(8)]
        await asyncio.sleep(0.05)
        assert started == [0, 1, 2]
        begin = process_time()
        await asyncio.sleep(0.2)
        assert process_time() - begin < 0.1  # it does not ask again and again
        assert started == [0, 1, 2]
        for done in range(8):
            slots.give(0.01)
            await asyncio.sleep(0.01)
            assert started == list(range(min(8, done + 4)))
        await asyncio.gather(*tasks)

    asyncio.run(eight())


def test_a_burst_after_short_requests_starts_no_more_than_there_is_room_for():
    slots = Slots(3)
    turnstile = Turnstile(slots, share=0.1, most_s=1.0)
    run(turnstile, 0.005)  # many may start after a look
    started = 0

    async def request() -> None:
        nonlocal started
        await turnstile.enter(beside=True)
        started += 1
        slots.take()

    async def burst() -> None:
        tasks = [asyncio.create_task(request()) for _ in range(100)]
        await asyncio.sleep(0.05)
        assert started == 3
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(burst())


def test_those_that_need_no_thread_pass_those_that_wait_for_one_and_no_others():
    slots = Slots(1)
    turnstile = Turnstile(slots)
    started: list[str] = []

    async def request(name: str, beside: bool) -> None:
        await turnstile.enter(beside)
        started.append(name)
        if beside:
            slots.take()

    async def mixed() -> None:
        tasks = []
        for name in ("large 1", "large 2", "small 1", "large 3", "small 2"):
            tasks.append(asyncio.create_task(request(name, name.startswith("large"))))
            await asyncio.sleep(0.005)
        assert started == ["large 1", "small 1", "small 2"]
        for _ in range(3):
            slots.give(0.01)
            await asyncio.sleep(0.005)
        assert started[3:] == ["large 2", "large 3"]
        await asyncio.gather(*tasks)

    asyncio.run(mixed())


def test_together_they_start_in_the_order_they_came():
    slots = Slots(100)
    turnstile = Turnstile(slots)
    started: list[int] = []

    async def request(place: int) -> None:
        await turnstile.enter(beside=place % 3 == 0)
        started.append(place)

    async def all_of_them() -> None:
        await asyncio.gather(*map(request, range(40)))

    asyncio.run(all_of_them())
    assert started == list(range(40))


def test_one_that_comes_when_there_is_room_again_starts_at_once():
    slots = Slots(1)
    turnstile = Turnstile(slots)

    async def come() -> None:
        await turnstile.enter(beside=True)
        slots.take()
        await asyncio.sleep(0.01)
        slots.give(0.01)
        await asyncio.sleep(0.01)
        await asyncio.wait_for(turnstile.enter(beside=True), 1)

    asyncio.run(come())
