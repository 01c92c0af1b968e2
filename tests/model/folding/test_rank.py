"""Context folding: candidates in one context score as the merged rows do."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest
import tensorflow as tf

from model.bundle import relative_difference
from model.errors import InvalidInputError
from model.folding import fold
from model.folding.in_chunks import CHUNK
from model.zoo import build_network
from tests.model.folding.sparse import FIELDS, NETWORKS, embeddings_of, network_of, sparsify

C, K = "context", "candidate"
SIDES = {
    "context first": (C, C, C, K, K),
    "candidates first": (K, C, C, C, C),
    "mixed": (C, K, C, K, C),
}


def parts(embeddings, sides):
    """Give the context of the first row, the candidates, and the rows that they merge to."""
    context = [place for place, side in enumerate(sides) if side == C]
    candidate = [place for place, side in enumerate(sides) if side == K]
    merged = embeddings.copy()
    merged[:, context] = embeddings[:1, context]
    return embeddings[:1, context], embeddings[:, candidate], merged


@pytest.mark.parametrize("sides", SIDES.values(), ids=SIDES.keys())
@pytest.mark.parametrize("subspaces", [1, 2, 4])
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("sparse", [False, True])
def test_ranks_as_the_trained_network_scores_merged_rows(name, subspaces, sides, sparse):
    network = network_of(name, subspaces)
    if sparse:
        sparsify(network)
    context, candidates, merged = parts(embeddings_of(network), sides)
    expected = network(merged).numpy()
    folded = fold(network, "float64", sides)
    assert relative_difference(folded.rank(context, candidates).numpy(), expected).max() < 1e-12
    assert relative_difference(folded(merged).numpy(), expected).max() < 1e-12


@pytest.mark.parametrize("subspaces", [1, 4])
def test_gates_of_one_value_per_element_rank(subspaces):
    network = network_of("dynint_da", subspaces, gate_shape="element")
    context, candidates, merged = parts(embeddings_of(network), SIDES["mixed"])
    ranked = fold(network, "float64", SIDES["mixed"]).rank(context, candidates).numpy()
    np.testing.assert_allclose(ranked, network(merged).numpy(), rtol=1e-12)


@pytest.mark.parametrize("subspaces", [1, 2, 4])
def test_a_network_without_layers_ranks(subspaces):
    network = network_of("xdeepint", subspaces, layers=0)
    context, candidates, merged = parts(embeddings_of(network), SIDES["mixed"])
    ranked = fold(network, "float64", SIDES["mixed"]).rank(context, candidates).numpy()
    np.testing.assert_allclose(ranked, network(merged).numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", [*NETWORKS, "lr"])
@pytest.mark.parametrize("layers", [0, 2])
def test_in_float32_within_a_millionth_of_the_merged_rows(name, layers):
    config = {} if name == "lr" else {"dim": 16, "subspaces": 16, "layers": layers}
    sides = (K,) * 13 + (C,) * 26
    network = build_network(name, 39, config)
    random = np.random.default_rng(0)
    shape = (100, 39, network.row_width)
    context, candidates, merged = parts(random.normal(0, 0.1, shape).astype(np.float32), sides)
    folded = fold(network, sides=sides)
    ranked = tf.sigmoid(folded.rank(context, candidates)).numpy()
    np.testing.assert_allclose(ranked, tf.sigmoid(folded(merged)).numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("rows", [0, 1, 2 * CHUNK, 2 * CHUNK + 1, 5 * CHUNK + 3])
def test_any_number_of_candidates(rows):
    network = network_of("dynint_dgp", 4, dtype="float32")
    context, candidates, merged = parts(embeddings_of(network, rows or 1), SIDES["mixed"])
    folded = fold(network, sides=SIDES["mixed"])
    rank = tf.function(folded.rank, autograph=False).get_concrete_function(
        tf.TensorSpec((1, 3, 4), tf.float32), tf.TensorSpec((None, 2, 4), tf.float32)
    )
    ranked = rank(tf.constant(context), tf.constant(candidates[:rows])).numpy()
    assert ranked.shape == (rows,)
    np.testing.assert_allclose(ranked, folded(merged[:rows]).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sides", [None, (C,) * FIELDS, (K,) * FIELDS])
@pytest.mark.parametrize("name", ["dynint_dgp", "lr"])
def test_one_side_alone_cannot_be_ranked(name, sides):
    network = build_network(name, FIELDS, {})
    embeddings = embeddings_of(network)
    folded = fold(network, sides=sides)
    with pytest.raises(InvalidInputError, match="sides: both must have fields"):
        folded.rank(embeddings[:1], embeddings)
