"""First-order weights in the first column of their rows."""

import numpy as np

from model.layers import first_order


def test_the_first_columns_are_added_up_and_the_others_are_given_back():
    rows = np.array([[[1.0, 2.0, 3.0], [10.0, 5.0, 6.0]], [[7.0, 0.0, 1.0], [-2.0, 3.0, 4.0]]])
    sums, vectors = first_order(rows)
    np.testing.assert_array_equal(sums, [11.0, 5.0])
    np.testing.assert_array_equal(vectors, [[[2, 3], [5, 6]], [[0, 1], [3, 4]]])
