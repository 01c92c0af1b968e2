import numpy as np
import pytest

from model.errors import InvalidInputError
from training.prepare.split import Split, row_hash

ROWS = np.arange(100_000, dtype=np.int64)


def reference_hash(row: int, seed: int, stream: int = 0) -> int:
    """SplitMix64 with Python's integers, straight from the docstring."""
    mask = 2**64 - 1

    def mix(x: int) -> int:
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        return x ^ (x >> 31)

    start = mix((seed + stream * 2**32) & mask)
    return mix((start + (row + 1) * 0x9E3779B97F4A7C15) & mask)


@pytest.mark.parametrize(("seed", "stream"), [(0, 0), (1, 0), (2**32 - 1, 0), (7, 23132)])
def test_the_hash_is_the_documented_one(seed: int, stream: int):
    rows = np.array([0, 1, 2, 999, 2**40], np.int64)
    expected = [reference_hash(row, seed, stream) for row in rows.tolist()]
    assert row_hash(rows, seed, stream).tolist() == expected


def test_the_hash_is_frozen():
    assert row_hash(np.arange(3, dtype=np.int64), 1).tolist() == [
        13830413928045401970,
        6869446166584666695,
        8084911050856847527,
    ]


@pytest.mark.parametrize("weights", [(70, 10, 20), (1, 1, 2), (8, 0, 2), (0, 0, 1), (1, 0, 0)])
def test_shares_are_the_weights(weights: tuple[float, float, float]):
    counts = np.bincount(Split(*weights, seed=3).assign(ROWS), minlength=3)
    expected = np.array(weights) / sum(weights)
    # 100,000 rows: a share's standard deviation is below 0.0016.
    np.testing.assert_allclose(counts / len(ROWS), expected, atol=0.007)
    assert all(count == 0 for count, weight in zip(counts, weights, strict=True) if weight == 0)


def test_a_row_keeps_its_split_whatever_rows_come_with_it():
    whole = Split(seed=5).assign(ROWS)
    some = ROWS[::-7]
    np.testing.assert_array_equal(Split(seed=5).assign(some), whole[some])


def test_seeds_give_unrelated_splits():
    first, second = (Split(50, 0, 50, seed).assign(ROWS) for seed in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_the_sample_order_has_nothing_to_do_with_the_split():
    split = Split(50, 0, 50)
    assert abs(np.corrcoef(split.assign(ROWS), split.sample_order(ROWS).astype(float))[0, 1]) < 0.02


def test_reads_weights():
    assert Split.parse("70/10/20", 4) == Split(70, 10, 20, 4)
    assert str(Split.parse("0.7/.1/.2")) == "0.7/0.1/0.2"


@pytest.mark.parametrize("text", ["", "70/30", "a/b/c", "1/1/1/1", "70-10-20"])
def test_refuses_what_is_not_three_weights(text: str):
    with pytest.raises(InvalidInputError, match=r"split: must be three weights.*received"):
        Split.parse(text)


@pytest.mark.parametrize("weights", ["-1/1/1", "0/0/0", "nan/1/1", "inf/1/1"])
def test_refuses_weights_that_are_no_shares(weights: str):
    with pytest.raises(InvalidInputError, match="split: weights must be numbers"):
        Split.parse(weights)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_refuses_a_seed_out_of_range(seed: int):
    with pytest.raises(InvalidInputError, match="seed: must be"):
        Split(seed=seed)
