"""The gate."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import InstanceGate
from tests.model.layers.equations import gated

X_0 = np.array([[[1, -2], [3, 4]], [[0, 1], [-5, 2]]], "float32")


def test_matches_the_hand_computed_example():
    gate = InstanceGate(1, 4, kernel_initializer="ones", bias_initializer="ones")
    # One hidden unit: relu(1 - 2 + 3 + 4) = 6 and relu(0 + 1 - 5 + 2) = 0; the bias adds 1.
    np.testing.assert_allclose(gate(X_0), [[7], [1]])


@pytest.mark.parametrize(("ratio", "hidden"), [(1, 4), (2, 2), (3, 2), (4, 1), (16, 1), (0.5, 8)])
def test_hidden_units_are_the_inputs_over_the_ratio_rounded_up(ratio, hidden):
    gate = InstanceGate(3, ratio)
    gate(X_0)
    assert tuple(gate.hidden_kernel.shape) == (4, hidden)


def test_parts_are_the_output_cut_and_moved():
    gate = InstanceGate(6, 1)
    gate(X_0)
    whole = np.stack([gated(gate, x) for x in X_0])
    parts = gate.parts(X_0, 3, 0.5)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole + 0.5, rtol=1e-5, atol=1e-6)


def test_a_layer_is_remade_from_its_config():
    gate = InstanceGate(6, 3)
    assert InstanceGate.from_config(gate.get_config()).get_config() == gate.get_config()


@pytest.mark.parametrize(("units", "ratio", "names"), [(0, 4, "units"), (1, 0, "reduction_ratio")])
def test_arguments_outside_their_rule_are_refused(units, ratio, names):
    with pytest.raises(InvalidInputError, match=rf"^{names}: must be .*; received 0"):
        InstanceGate(units, ratio)
