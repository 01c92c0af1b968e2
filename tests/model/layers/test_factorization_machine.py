"""The second-order part of a factorization machine."""

import numpy as np
import pytest

from model.layers import FactorizationMachine


def test_matches_the_hand_computed_example():
    v = np.array([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
    # 1*3 + 2*4 = 11, 1*5 + 2*6 = 17, 3*5 + 4*6 = 39.
    np.testing.assert_allclose(FactorizationMachine(dtype="float64")(v), [67.0])


@pytest.mark.parametrize("fields", [1, 2, 7])
def test_adds_up_the_inner_products_of_all_pairs(fields):
    v = np.random.default_rng(0).normal(size=(6, fields, 5))
    expected = [
        sum(each[i] @ each[j] for i in range(fields) for j in range(i + 1, fields)) for each in v
    ]
    # Of one field there are no pairs: what is left of the two sums are rounding errors.
    found = FactorizationMachine(dtype="float64")(v)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14 if fields == 1 else 0)
