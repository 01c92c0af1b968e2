from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bundle.fingerprint_index import INTERPOLATED, FingerprintIndex

MOST = 2**64 - 1
ANY = st.integers(0, MOST)
CROWDED = st.integers(2**63 - 40, 2**63 + 40) | st.integers(0, 40) | st.integers(MOST - 40, MOST)


@given(
    st.sets(ANY, min_size=16, max_size=200) | st.sets(ANY | CROWDED, min_size=16, max_size=200),
    st.lists(ANY | CROWDED, max_size=40),
)
def test_interpolation_is_exact_whatever_the_numbers(marks: set[int], wanted: list[int]):
    ascending = sorted(marks)
    asked = wanted + ascending + [mark + 1 for mark in ascending if mark < MOST]
    index = FingerprintIndex(np.array(ascending, np.uint64), interpolated=0)
    places = index.places(np.array(asked, np.uint64))
    assert places.tolist() == [bisect_left(ascending, mark) for mark in asked]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 5_000])
def test_even_spread_is_found_as_halving_finds_it(count: int):
    random = np.random.default_rng(count)
    marks = np.unique(random.integers(0, 2**64, count, np.uint64))
    index = FingerprintIndex(marks, interpolated=0)
    ends = np.array([0, 1, MOST - 1, MOST], np.uint64)
    wanted = np.concatenate([marks, random.integers(0, 2**64, 500, np.uint64), ends])
    np.testing.assert_array_equal(index.places(wanted), np.searchsorted(marks, wanted))


def test_a_table_large_enough_to_be_interpolated_is_searched_exactly():
    random = np.random.default_rng(0)
    marks = np.unique(random.integers(0, 2**64, INTERPOLATED + 100, np.uint64))
    assert len(marks) >= INTERPOLATED
    wanted = np.concatenate(
        [random.choice(marks, 5_000), random.integers(0, 2**64, 5_000, np.uint64)]
    )
    np.testing.assert_array_equal(
        FingerprintIndex(marks).places(wanted), np.searchsorted(marks, wanted)
    )


def test_nothing_is_wanted():
    marks = np.arange(100, dtype=np.uint64)
    assert FingerprintIndex(marks, 0).places(np.zeros(0, np.uint64)).tolist() == []
