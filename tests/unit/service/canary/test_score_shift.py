import numpy as np
import pytest

from service.canary.score_shift import ScoreShift, stability_index

RANDOM = np.random.default_rng(0)


def draw(mean: float, count: int) -> np.ndarray:
    """Draw scores whose logits are normal."""
    return (1 / (1 + np.exp(-RANDOM.normal(mean, 1.0, count)))).astype(np.float32)


def shift(live: np.ndarray, canary: np.ndarray) -> float:
    measured = ScoreShift()
    measured.add_live(live)
    measured.add_canary(canary)
    return measured.index()


def test_matches_the_hand_computed_example():
    one, other = np.zeros((2, 480), np.int64)
    one[[100, 300]] = 500_000, 500_000
    other[[100, 300]] = 900_000, 100_000
    # (0.5 - 0.9) ln(0.5 / 0.9) + (0.5 - 0.1) ln(0.5 / 0.1) = 0.2351 + 0.6438
    assert stability_index(one, other) == pytest.approx(0.8789, abs=1e-4)
    assert stability_index(other, one) == pytest.approx(0.8789, abs=1e-4)


def test_of_one_distribution_it_is_small_also_with_few_scores():
    worst = max(shift(draw(-2, 800), draw(-2, 200)) for _ in range(200))
    assert 0 < worst < 0.2  # (10 - 1) (1 / 800 + 1 / 200) = 0.06 in the mean


def test_a_shift_is_found_whichever_way_and_however_few_are_shifted():
    assert shift(draw(-2, 800), draw(-1, 200)) > 0.5
    assert shift(draw(-2, 800), draw(-3, 200)) > 0.5
    spread = draw(-2, 200)
    spread[::2] = 0.9999
    assert shift(draw(-2, 800), spread) > 0.5


def test_the_order_and_the_number_of_parts_do_not_matter():
    live, canary = draw(-2, 100), draw(-1, 100)
    parts = ScoreShift()
    for value in canary[::-1]:
        parts.add_canary(value[None])
    parts.add_live(live)
    assert parts.index() == shift(live, canary)


@pytest.mark.parametrize("extreme", [0.0, 1.0, 1e-30])
def test_extremes_are_finite(extreme: float):
    index = shift(np.full(100, 0.5, np.float32), np.full(100, extreme, np.float32))
    assert 5 < index < 20
    assert shift(*[np.full(100, extreme, np.float32)] * 2) == 0


def test_without_scores_there_is_no_shift():
    assert shift(draw(0, 10), draw(0, 0)) == shift(draw(0, 0), draw(0, 10)) == 0
