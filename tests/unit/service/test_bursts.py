import asyncio
from itertools import pairwise
from time import perf_counter, sleep

from service.bursts import Bursts


def send_times(bursts: Bursts, count: int, each_s: float, rounds: int) -> list[list[float]]:
    """Hold so many refusals; those who have theirs come again at once. Returns when each was sent."""
    sent: list[list[float]] = [[] for _ in range(count)]

    async def come() -> None:
        ended = asyncio.Event()

        def send(place: int) -> None:
            sleep(each_s)
            sent[place].append(perf_counter())
            if len(sent[place]) < rounds:
                asyncio.get_running_loop().call_soon(bursts.hold, lambda: send(place))
            elif all(len(times) == rounds for times in sent):
                ended.set()

        for place in range(count):
            bursts.hold(lambda place=place: send(place))  # type: ignore[misc]
        await asyncio.wait_for(ended.wait(), 30)

    asyncio.run(come())
    return sent


def test_a_single_one_is_sent_in_the_same_turn_of_the_event_loop_or_the_next():
    async def come() -> list[str]:
        seen: list[str] = []
        Bursts(most_s=60.0).hold(lambda: seen.append("sent"))
        await asyncio.sleep(0.05)
        return seen

    assert asyncio.run(come()) == ["sent"]


def test_all_that_are_held_go_together():
    sent = send_times(Bursts(share=0.05, most_s=0.05), 20, 0.0, 2)
    for burst in zip(*sent, strict=True):
        assert max(burst) - min(burst) < 0.04


def test_bursts_have_their_share_of_the_time():
    # Ten sends of 1 ms and what belongs to them take 34 ms: at half of the time one each 68 ms.
    sent = send_times(Bursts(share=0.5, most_s=10.0), 10, 0.001, 6)
    assert min(later - earlier for earlier, later in pairwise(sent[0])) > 0.034


def test_bursts_are_never_further_apart_than_the_bound():
    sent = send_times(Bursts(share=0.001, most_s=0.02), 5, 0.001, 12)
    gaps = sorted(later - earlier for earlier, later in pairwise(sent[0]))
    assert 0.02 <= gaps[len(gaps) // 2] < 0.2
