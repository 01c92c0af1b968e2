"""The share of a gate's outputs at their bounds."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest
import tensorflow as tf

from model.folding import GateMonitor, fold
from model.folding.network_weights import read_network
from model.zoo import build_network
from tests.model.folding.sparse import embeddings_of, network_of, sparsify, zero

GATED = ("dynint_da", "dynint_dgp", "dynint_dwp")
SIDES = ("context", "candidate", "context", "candidate", "context")


def trained_outputs(network, embeddings):
    """Each gate of the trained network, before a sigmoid, in NumPy and float64."""
    x = embeddings.reshape(len(embeddings), -1).astype(np.float64)
    outputs = []
    for layer in network.interactions:
        A, a, C, c = (
            getattr(layer.gate, name).numpy().astype(np.float64)
            for name in ("hidden_kernel", "hidden_bias", "output_kernel", "output_bias")
        )
        outputs.append(np.maximum(x @ A + a, 0) @ C + c)
    return outputs


@pytest.mark.parametrize("subspaces", [1, 4])
@pytest.mark.parametrize("name", GATED)
def test_is_the_share_of_the_trained_gates_outputs_outside_of_their_bounds(name, subspaces):
    network = network_of(name, subspaces, dtype="float32")
    times = np.float32(8 if name == "dynint_da" else 1.5)
    sample, other = embeddings_of(network, 500), times * embeddings_of(network, 40, seed=2)
    monitor = GateMonitor.of(fold(network, sides=SIDES), sample)
    found = monitor(other).numpy()
    assert found.shape == (40, 3)
    seen, now = trained_outputs(network, sample), trained_outputs(network, other)
    for layer in range(3):
        if name == "dynint_da":
            gate = 1 / (1 + np.exp(-now[layer]))
            outside = (gate < 0.05) | (gate > 0.95)
        else:
            low, high = np.quantile(seen[layer], (0.005, 0.995), axis=0)
            outside = (now[layer] < low) | (now[layer] > high)
        # An output within rounding of its bound may be on either side.
        np.testing.assert_allclose(found[:, layer].mean(), outside.mean(), atol=1e-3)
        assert 0 < found[:, layer].mean() < 0.9


@pytest.mark.parametrize("name", ["dynint_dgp", "dynint_dwp"])
def test_traffic_like_the_sample_is_outside_in_a_hundredth_and_other_traffic_in_more(name):
    network = network_of(name, 4, dtype="float32")
    monitor = GateMonitor.of(fold(network), embeddings_of(network, 3000))
    alike = monitor(embeddings_of(network, 3000, seed=3)).numpy().mean(axis=0)
    np.testing.assert_allclose(alike, 0.01, atol=0.005)
    apart = monitor(4 * embeddings_of(network, 3000, seed=3)).numpy().mean(axis=0)
    assert (apart > 0.1).all()


def test_a_gate_that_is_shut_is_saturated():
    network = network_of("dynint_da", 4, dtype="float32")
    for layer in network.interactions:
        zero(layer.gate.output_kernel, np.s_[:])
    network.interactions[0].gate.output_bias.assign(tf.fill([20], 5.0))
    network.interactions[0].gate.output_kernel.assign(
        np.full(network.interactions[0].gate.output_kernel.shape, 1e-6)
    )
    folded = fold(network)
    assert folded.gated == (1,)  # the others are constant: no gate is left of them
    monitor = GateMonitor.of(folded, embeddings_of(network))
    np.testing.assert_array_equal(monitor(embeddings_of(network)).numpy(), np.ones((16, 1)))


@pytest.mark.parametrize("name", ["dynint_dgp", "dynint_dwp"])
def test_layers_keep_their_numbers_and_outputs_that_never_move_are_never_outside(name):
    network = network_of(name, 4, dtype="float32")
    sparsify(network)  # the second layer is dropped
    folded = fold(network)
    assert folded.gated == (1, 3)
    assert read_network(network).simplified().layers == (1, 3)
    monitor = GateMonitor.of(folded, np.zeros((100, 5, 4), np.float32))
    assert not monitor(np.zeros((7, 5, 4), np.float32)).numpy().any()


def test_the_report_tells_what_was_measured():
    network = network_of("dynint_dgp", 4, dtype="float32")
    sample = embeddings_of(network, 10_000)
    monitor = GateMonitor.of(fold(network), sample)
    report = monitor.report(sample[:64])
    assert [gate["layer"] for gate in report] == [1, 2, 3]
    for place, gate in enumerate(report):
        assert (gate["kind"], gate["outputs"]) == ("linear", 6)
        assert gate["low"] < gate["high"]
        assert gate["sample"] == pytest.approx(0.01, abs=0.001)
        assert gate["golden"] == pytest.approx(monitor(sample[:64]).numpy()[:, place].mean())


@pytest.mark.parametrize("name", ["xdeepint", "lr"])
def test_a_network_without_gates_is_not_watched(name):
    network = build_network(name, 5, {})
    assert GateMonitor.of(fold(network, sides=SIDES), embeddings_of(network)) is None
