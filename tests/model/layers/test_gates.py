"""GateNet's gates against its equations, one instance and one field at a time."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import EmbeddingGate, HiddenGate
from tests.model.layers.gated_rivals import gated_embeddings, gated_units

F, D = 3, 4
X_0 = np.random.default_rng(0).normal(size=(5, F, D))

every_gate = pytest.mark.parametrize("kind", ["vector", "bit"])
every_sharing = pytest.mark.parametrize("field_sharing", [False, True])


@every_gate
@every_sharing
def test_an_embedding_gate_matches_the_paper_s_equation(kind, field_sharing):
    gate = EmbeddingGate(kind, field_sharing, dtype="float64")
    gated = gate(X_0)
    fields, gates = (1 if field_sharing else F), (1 if kind == "vector" else D)
    assert tuple(gate.kernel.shape) == (fields, D, gates)
    np.testing.assert_allclose(gated, gated_embeddings(gate, X_0), rtol=1e-10)


def test_a_vector_wise_gate_keeps_an_embedding_s_direction():
    gated = np.asarray(EmbeddingGate("vector", dtype="float64")(X_0))
    ratios = gated / X_0
    assert np.ptp(ratios, axis=2).max() < 1e-12
    assert np.ptp(ratios, axis=1).max() > 1e-3


def test_private_weights_of_fields_start_different_and_as_a_dense_layer_s():
    gate = EmbeddingGate("bit")
    gate.build((None, 50, D))
    kernels = np.asarray(gate.kernel).reshape(50, -1)
    assert len(np.unique(kernels[:, 0])) == 50
    bound = np.sqrt(6 / (D + D))
    assert 0.95 * bound < np.abs(kernels).max() <= bound


def test_the_hidden_gate_matches_the_paper_s_equation():
    a = X_0[:, :, 0]
    gate = HiddenGate(dtype="float64")
    np.testing.assert_allclose(gate(a), gated_units(gate, a), rtol=1e-10)


@pytest.mark.parametrize("gate", [EmbeddingGate("bit", True), HiddenGate()])
def test_a_gate_is_remade_from_its_config(gate):
    assert type(gate).from_config(gate.get_config()).get_config() == gate.get_config()


def test_an_unknown_kind_is_refused():
    with pytest.raises(InvalidInputError, match=r"^kind: must be one of .*; received 'field'"):
        EmbeddingGate("field")
