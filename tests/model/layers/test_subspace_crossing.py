"""Subspace crossing."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import SubspaceCrossing
from tests.model.layers.equations import crossed

X_0 = np.array([[[1, 2, 3, 4], [5, 6, 7, 8]]], "float32")


@pytest.mark.parametrize(
    ("h", "expected"),
    [
        (1, [[1, 2, 3, 4], [5, 6, 7, 8]]),
        (2, [[1, 2], [5, 6], [3, 4], [7, 8]]),
        (4, [[1], [5], [2], [6], [3], [7], [4], [8]]),
    ],
)
def test_matches_the_hand_computed_example(h, expected):
    np.testing.assert_array_equal(SubspaceCrossing(h)(X_0), [expected])
    np.testing.assert_array_equal(crossed(X_0, h), [expected])


def test_rows_last_is_the_transposed_map():
    rows_last = SubspaceCrossing(2, rows_last=True)(X_0)
    np.testing.assert_array_equal(rows_last, [[[1, 5, 3, 7], [2, 6, 4, 8]]])


def test_subspaces_that_do_not_divide_the_embedding_size_are_refused():
    with pytest.raises(InvalidInputError, match="subspaces: must divide the embedding size 4"):
        SubspaceCrossing(3)(X_0)


def test_no_subspaces_are_refused():
    with pytest.raises(InvalidInputError, match="subspaces: must be at least 1; received 0"):
        SubspaceCrossing(0)


def test_a_layer_is_remade_from_its_config():
    layer = SubspaceCrossing(2, rows_last=True)
    assert SubspaceCrossing.from_config(layer.get_config()).get_config() == layer.get_config()
