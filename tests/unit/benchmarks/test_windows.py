import pytest

from benchmarks.serving.flips import HALF_S, WARM_S, schedule, summary
from benchmarks.serving.open_loop import Outcome
from benchmarks.serving.vitals import Vitals, growth


def test_a_flip_is_compared_with_the_time_outside_of_all_windows():
    times = schedule(2, 10.0)
    assert times == [20.0, 40.0]
    swaps = [at + 2.0 for at in times]
    end = times[-1] + HALF_S + 10.0
    outcomes = []
    for place in range(int(100 * end)):
        at = place / 100
        # The loading is slow, and so is the time up to the very end of a window: 50 of its 1,200.
        slow = any(0 <= at - time < 0.4 or 6.9 <= at - time < 7.0 for time in times)
        outcomes.append(Outcome(at, 1.0 if at < WARM_S else 0.03 if slow else 0.01, 200))
    result = summary(outcomes, times, swaps, 10.0)
    assert (result["swap_s"], result["swaps_s"]) == (2.0, [2.0, 2.0])
    assert (result["steady_p50_ms"], result["steady_p99_ms"]) == (10.0, 10.0)
    assert result["flip_p99s_ms"] == [30.0, 30.0]
    assert (result["ratio"], result["more_ms"], result["flip_max_ms"]) == (3.0, 20.0, 30.0)


def test_growth_counts_after_the_beginning_and_between_thirds():
    seen = [
        Vitals(60.0 * at, 500.0, 100.0 + (50 if at < 3 else 2 * at), 40, 10, 5) for at in range(12)
    ]
    grown = growth(seen, 180.0)
    assert grown["private_mb"] == pytest.approx(
        {"settled": 108.0, "end": 120.0, "growth": 12.0, "slope_per_minute": 2.0}
    )
    assert grown["descriptors"]["growth"] == 0
