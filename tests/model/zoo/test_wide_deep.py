"""DNN, and Wide & Deep as a whole."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import build_network
from tests.model.zoo.towers import head, tower, with_random_weights

X = np.random.default_rng(0).normal(size=(6, 3, 5))
CONFIG = {"dim": 4, "hidden_units": [6, 5]}


def built(name):
    return with_random_weights(build_network(name, 3, CONFIG, dtype="float64"))


def test_the_deep_network_matches_its_equation():
    network = built("dnn")
    vectors = X[:, :, 1:]
    expected = [head(network, tower(network, x.ravel(), 2)) for x in vectors]
    np.testing.assert_allclose(network(vectors), expected, rtol=1e-10)


def test_wide_and_deep_adds_the_first_column_to_the_deep_network_of_the_others():
    network = built("wide_deep")
    expected = [sum(x[:, 0]) + head(network, tower(network, x[:, 1:].ravel(), 2)) for x in X]
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)


@pytest.mark.parametrize("name", ["dnn", "wide_deep"])
def test_a_deep_part_is_required(name):
    with pytest.raises(InvalidInputError, match=r"^hidden_units: must not be empty; received \[\]"):
        build_network(name, 3, CONFIG | {"hidden_units": []})


@pytest.mark.parametrize("name", ["dnn", "wide_deep"])
def test_dropout_is_for_training_only(name):
    network = build_network(name, 3, CONFIG | {"hidden_units": [400], "dropout": 0.5})
    x = X[:, :, : network.row_width].astype("float32")
    np.testing.assert_array_equal(network(x), network(x))
    assert not np.allclose(network(x, training=True), network(x))
