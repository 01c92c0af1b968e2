import asyncio
from time import monotonic

from service.refusal_pace import RefusalPace


def ask(pace: RefusalPace, count: int) -> list[tuple[int, float]]:
    """Ask for refusals at once; returns their places and delays in the order they were given."""

    async def run() -> list[tuple[int, float]]:
        begin, given = monotonic(), []
        for place in range(count):
            pace.ask(lambda place=place: given.append((place, monotonic() - begin)))
        while len(given) < count:
            await asyncio.sleep(0.001)
        return given

    return asyncio.run(run())


def test_a_few_are_given_at_once():
    given = ask(RefusalPace(per_second=1000), 10)
    assert [place for place, _ in given] == list(range(10))
    assert given[-1][1] < 0.01


def test_many_are_given_in_turn_at_the_pace():
    given = ask(RefusalPace(per_second=1000, most_delay_s=10), 220)
    assert [place for place, _ in given] == list(range(220))
    assert given[-1][1] > 0.15  # 20 at once, 200 at a thousand per second


def test_none_waits_longer_than_it_may():
    given = ask(RefusalPace(per_second=100, most_delay_s=0.1), 500)
    assert [place for place, _ in given] == list(range(500))
    assert 0.09 < given[-1][1] < 1.0  # not the five seconds of the pace
