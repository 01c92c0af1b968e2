"""The population stability index."""

import math

import numpy as np
import pytest

from training.gates.stability import bins_of_levels, stability_index


def test_it_is_the_textbooks_sum():
    expected, found = np.array([50, 30, 20]), np.array([40, 40, 20])
    wanted = (0.4 - 0.5) * math.log(0.4 / 0.5) + (0.4 - 0.3) * math.log(0.4 / 0.3)
    assert stability_index(expected, found) == pytest.approx(wanted)


def test_the_same_shares_of_other_numbers_of_rows_are_no_shift():
    assert stability_index(np.array([5, 10, 85]), np.array([50, 100, 850])) == pytest.approx(0)


def test_a_level_that_vanished_is_a_large_shift_and_no_infinity():
    found = stability_index(np.array([500, 500]), np.array([1000, 0]))
    assert 1 < found < 10


def test_frequent_levels_are_bins_and_rare_ones_share_one():
    counts = np.array([1, 40, 1, 30, 1, 20, 1, 1, 5])
    bins = bins_of_levels(counts, 10)
    assert bins[[1, 3, 5]].tolist() == [0, 1, 2]
    assert set(bins[[0, 2, 4, 6, 7, 8]].tolist()) == {3}


def test_levels_that_were_not_expected_share_the_last_bin():
    bins = bins_of_levels(np.array([0, 50, 0, 50]), 4)
    assert bins[0] == bins[2] == max(bins[1], bins[3])


def test_bins_hold_their_share():
    source = np.random.default_rng(2)
    counts = source.zipf(1.5, 10_000).clip(max=10_000)
    bins = bins_of_levels(counts, 20)
    sums = np.bincount(bins, counts)
    assert len(sums) <= 20
    assert (sums[:-1] >= counts.sum() / 20).all()


def test_chance_alone_gives_little():
    source = np.random.default_rng(3)
    shares = source.dirichlet(np.ones(5_000) * 0.1)
    one, other = (source.multinomial(20_000, shares) for _ in range(2))
    bins = bins_of_levels(one, 20)
    assert stability_index(np.bincount(bins, one), np.bincount(bins, other)) < 0.02
