"""The second order of a factorization machine."""

import numpy as np

from model.layers import FactorizationMachine
from tests.model.layers.rivals import factorization_machine


def test_matches_the_hand_computed_example():
    x = np.array([[[1, 2], [3, 4], [0, -1]]], "float64")
    # <v_1, v_2> = 3 + 8, <v_1, v_3> = -2, <v_2, v_3> = -4.
    np.testing.assert_allclose(FactorizationMachine(dtype="float64")(x), [11 - 2 - 4])


def test_is_the_sum_over_all_pairs():
    x = np.random.default_rng(0).normal(size=(5, 7, 3))
    expected = [factorization_machine(each) for each in x]
    np.testing.assert_allclose(FactorizationMachine(dtype="float64")(x), expected, rtol=1e-10)


def test_one_field_has_no_pairs():
    x = np.random.default_rng(1).normal(size=(5, 1, 3))
    np.testing.assert_array_equal(FactorizationMachine(dtype="float64")(x), np.zeros(5))
