import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.folding.equations import equations
from model.bundle import relative_difference
from model.errors import CheckFailedError, InvalidInputError
from model.folding import FoldedNetwork, IdentityFold, fold, folding_report
from model.folding.in_chunks import CHUNK
from model.zoo import build_network
from tests.model.folding.sparse import (
    FIELDS,
    NETWORKS,
    embeddings_of,
    kernels,
    network_of,
    sparsify,
    zero,
)

SUBSPACES = (1, 2, 4)


@pytest.mark.parametrize("subspaces", SUBSPACES)
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("sparse", [False, True])
def test_gives_the_trained_network_s_logits(name, subspaces, sparse):
    network = network_of(name, subspaces)
    if sparse:
        sparsify(network)
    embeddings = embeddings_of(network)
    expected = network(embeddings).numpy()
    exact = fold(network, "float64")(embeddings).numpy()
    assert relative_difference(exact, expected).max() < 1e-12
    served = fold(network)(embeddings.astype(np.float32)).numpy()
    assert served.dtype == np.float32
    assert served.shape == (16,)
    assert relative_difference(served, expected).max() < 1e-5


@pytest.mark.parametrize("subspaces", SUBSPACES)
@pytest.mark.parametrize("sparse", [False, True])
def test_folds_gates_of_one_value_per_element(subspaces, sparse):
    network = network_of("dynint_da", subspaces, gate_shape="element")
    if sparse:
        sparsify(network)
    embeddings = embeddings_of(network)
    folded = fold(network, "float64")(embeddings).numpy()
    np.testing.assert_allclose(folded, network(embeddings).numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["dynint_da", "dynint_dgp", "dynint_dwp"])
@pytest.mark.parametrize("subspaces", SUBSPACES)
@pytest.mark.parametrize("end", ["hidden_kernel", "output_kernel"])
def test_a_gate_that_is_constant_is_folded_away(name, subspaces, end):
    network = network_of(name, subspaces)
    for layer in network.interactions:
        zero(getattr(layer.gate, end), np.s_[:])
    embeddings = embeddings_of(network)
    folded = fold(network, "float64")(embeddings).numpy()
    np.testing.assert_allclose(folded, network(embeddings).numpy(), rtol=1e-11)
    assert folding_report(network)["hidden_units_kept"] == 0


@pytest.mark.parametrize("subspaces", SUBSPACES)
@pytest.mark.parametrize("end", ["hidden_kernel", "output_kernel"])
def test_a_constant_gate_per_element_is_kept(subspaces, end):
    network = network_of("dynint_da", subspaces, gate_shape="element")
    for layer in network.interactions:
        zero(getattr(layer.gate, end), np.s_[:])
    embeddings = embeddings_of(network)
    folded = fold(network, "float64")(embeddings).numpy()
    np.testing.assert_allclose(folded, network(embeddings).numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("subspaces", SUBSPACES)
@pytest.mark.parametrize("layers", [0, 1])
def test_folds_few_layers(name, subspaces, layers):
    network = network_of(name, subspaces, layers=layers)
    embeddings = embeddings_of(network)
    folded = fold(network, "float64")(embeddings).numpy()
    np.testing.assert_allclose(folded, network(embeddings).numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("subspaces", SUBSPACES)
def test_layers_that_are_all_zero_leave_a_linear_model(name, subspaces):
    network = network_of(name, subspaces)
    for layer in network.interactions:
        zero(kernels(layer)[0], np.s_[:])
    embeddings = embeddings_of(network)
    folded = fold(network, "float64")
    np.testing.assert_allclose(folded(embeddings).numpy(), network(embeddings).numpy(), rtol=1e-12)
    assert len(folded.variables) == 2  # the output layer's
    assert folding_report(network)["layers_kept"] == 0


def test_dead_units_columns_and_layers_are_counted():
    network = network_of("dynint_dgp", 4)
    sparsify(network)
    # Layer 1 of 3 is zero; of 6 columns 2 are; of ceil(20 / 4) = 5 hidden units 2 are dead.
    assert folding_report(network) == {
        "layers": 3,
        "layers_kept": 2,
        "hidden_units": 15,
        "hidden_units_kept": 6,
        "columns": 18,
        "columns_kept": 8,
    }


@pytest.mark.parametrize("subspaces", [4])
@pytest.mark.parametrize(
    ("name", "products"),
    # One shared product; U and a gate's second layer each; DWP: W and u, v of both ranks.
    [("xdeepint", 1), ("dynint_da", 1 + 3), ("dynint_dgp", 1 + 6), ("dynint_dwp", 1 + 3 * 6)],
)
def test_at_width_one_there_is_one_shared_product_and_no_transposition(name, subspaces, products):
    folded = fold(network_of(name, subspaces))
    traced = tf.function(folded, autograph=False).get_concrete_function(
        tf.TensorSpec((7, FIELDS, 4), tf.float32)
    )
    kinds = [operation.type for operation in traced.graph.get_operations()]
    assert kinds.count("MatMul") == products
    assert "Transpose" not in kinds
    assert not {"Einsum", "BatchMatMulV2"} & set(kinds)


@pytest.mark.parametrize("batch", [1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK])
@pytest.mark.parametrize("subspaces", SUBSPACES)
def test_big_batches_are_scored_in_chunks_in_their_order(subspaces, batch):
    network = network_of("dynint_dgp", subspaces)
    embeddings = embeddings_of(network, batch)
    compiled = tf.function(
        fold(network, "float64"),
        input_signature=[tf.TensorSpec((None, FIELDS, 4), tf.float64)],
        autograph=False,
    )
    np.testing.assert_allclose(compiled(embeddings).numpy(), network(embeddings).numpy(), 1e-12)


def test_an_empty_batch_has_no_logits():
    for subspaces in SUBSPACES:
        network = network_of("dynint_dgp", subspaces)
        assert fold(network)(np.zeros((0, FIELDS, 4), np.float32)).shape == (0,)


def test_keeps_only_the_served_weights():
    folded = fold(network_of("dynint_dgp", 4))
    assert isinstance(folded, FoldedNetwork)
    assert not folded.trainable_variables
    # The stack and its bias, the logit's bias; per layer C, c, U and the row's scale.
    assert len(folded.variables) == 3 + 3 * 4


def test_a_network_without_interactions_is_served_as_it_is():
    network = build_network("lr", FIELDS, {})
    network.bias.assign(0.5)
    folded = fold(network)
    assert isinstance(folded, IdentityFold)
    embeddings = embeddings_of(network)
    np.testing.assert_array_equal(folded(embeddings).numpy(), network(embeddings).numpy())
    assert folding_report(network) == {}
    assert len(folded.variables) == 1


def test_refuses_weights_that_are_not_finite():
    network = network_of("dynint_dgp", 4)
    network.interactions[1].gate.output_bias.assign(np.full(6, np.nan))
    with pytest.raises(CheckFailedError, match="gate/output_bias: weights must be finite"):
        fold(network)


def test_refuses_layers_without_a_rule():
    network = network_of("xdeepint", 4)
    network.interactions.append(network.output_layer)
    with pytest.raises(InvalidInputError, match="received OutputLayer"):
        fold(network)


@pytest.mark.parametrize("subspaces", SUBSPACES)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_benchmark_s_equations_are_the_network_s(name, subspaces):
    network = network_of(name, subspaces)
    embeddings = embeddings_of(network)
    np.testing.assert_allclose(
        equations(network, embeddings).numpy(), network(embeddings).numpy(), rtol=1e-12
    )
