"""The weight algebra alone: NumPy, float64, no graph."""

import numpy as np
import pytest

from model.folding.activated_mix import ActivatedMix, sigmoid
from model.folding.gate import Gate
from model.folding.generated_mix import GeneratedMix
from model.folding.permutation import natural_order
from model.folding.static_mix import StaticMix
from model.folding.weighted_mix import WeightedMix

ONES = np.ones(2)


def test_natural_order_of_two_fields_in_three_subspaces():
    # Crossed: (s0 f0)(s0 f1)(s1 f0)(s1 f1)(s2 f0)(s2 f1); natural: field 0's three, field 1's.
    assert natural_order(2, 3).tolist() == [0, 2, 4, 1, 3, 5]
    assert natural_order(3, 1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("fields", "subspaces", "width"), [(3, 2, 2), (2, 4, 1), (5, 1, 3)])
def test_natural_order_undoes_the_crossing(fields, subspaces, width):
    x = np.arange(fields * subspaces * width).reshape(fields, subspaces, width)
    crossed = x.transpose(1, 0, 2).reshape(-1, width)
    np.testing.assert_array_equal(crossed[natural_order(fields, subspaces)], x.reshape(-1, width))


def outputs(gate: Gate, x: np.ndarray) -> np.ndarray:
    return np.maximum(x @ gate.A + gate.a, 0) @ gate.C + gate.c


def test_a_unit_without_input_becomes_part_of_the_bias():
    gate = Gate(np.array([[1.0, 0.0]]), np.array([0.0, 3.0]), np.array([[1.0], [2.0]]), np.ones(1))
    pruned = gate.pruned()
    assert pruned.hidden == 1
    assert pruned.c.tolist() == [7]  # 1 + relu(3) * 2


def test_a_unit_without_input_and_a_negative_bias_gives_nothing():
    gate = Gate(np.zeros((1, 1)), np.array([-3.0]), np.array([[2.0]]), np.ones(1))
    assert gate.pruned().c.tolist() == [1]


def test_pruning_keeps_the_outputs():
    generator = np.random.default_rng(0)
    A, C = generator.normal(size=(4, 6)), generator.normal(size=(6, 3))
    A[:, [0, 3]] = 0
    C[[1, 3]] = 0
    gate = Gate(A, generator.normal(size=6), C, generator.normal(size=3))
    x = generator.normal(size=(5, 4))
    assert gate.pruned().hidden == 3
    np.testing.assert_allclose(outputs(gate.pruned(), x), outputs(gate, x), rtol=1e-12)


def gate_to(values: list[float], varies: bool = True) -> Gate:
    """A gate whose outputs are these for x = 0, and differ for other x if it varies."""
    count = len(values)
    kernel = np.full((1, count), 1.0 if varies else 0.0)
    return Gate(np.ones((1, 1)), np.zeros(1), kernel, np.array(values))


def test_a_zero_matrix_is_no_layer():
    zeros = np.zeros((2, 2))
    assert StaticMix(zeros, ONES).simplified() is None
    assert ActivatedMix(zeros, gate_to([1, 1]), ONES).simplified() is None
    assert WeightedMix(zeros, gate_to([1, 1, 1, 1]), ONES).simplified() is None
    assert GeneratedMix(zeros, np.ones((2, 2)), gate_to([1, 1]), ONES).simplified() is None
    assert GeneratedMix(np.ones((2, 2)), zeros, gate_to([1, 1]), ONES).simplified() is None


def test_a_constant_activation_is_multiplied_into_its_matrix():
    mix = ActivatedMix(np.ones((2, 2)), gate_to([0.0, 800.0], varies=False), ONES).simplified()
    assert isinstance(mix, StaticMix)
    assert mix.W.tolist() == [[1, 1], [2, 2]]  # 2 sigmoid(0) = 1, 2 sigmoid(800) = 2


def test_a_constant_gate_is_multiplied_into_u():
    mix = GeneratedMix(np.eye(2), np.eye(2), gate_to([3.0, 0.0], varies=False), ONES).simplified()
    assert mix is not None
    assert mix.gate is None
    assert mix.U.tolist() == [[3], [0]]  # the second column's scale is zero: dropped
    assert mix.V.tolist() == [[1], [0]]


def test_constant_weights_are_multiplied_into_their_matrix():
    # u = (2, 3), v = (5, 7): W_nm u_n v_m.
    mix = WeightedMix(np.ones((2, 2)), gate_to([2, 3, 5, 7], varies=False), ONES).simplified()
    assert isinstance(mix, StaticMix)
    assert mix.W.tolist() == [[10, 14], [15, 21]]


def test_a_pair_of_weights_that_is_zero_is_dropped():
    N = 2
    gate = gate_to([1.0] * 8)
    C, c = gate.C.copy(), gate.c.copy()
    C[:, :N] = c[:N] = 0  # u_0
    mix = WeightedMix(np.eye(N), Gate(gate.A, gate.a, C, c), ONES).simplified()
    assert isinstance(mix, WeightedMix)
    assert mix.rank == 1


def test_units_that_feed_only_dropped_outputs_are_dropped():
    # Row 1 of W is zero, so nothing uses the gate's second output, nor the unit behind it.
    gate = Gate(np.ones((1, 2)), np.zeros(2), np.eye(2), np.zeros(2))
    mix = ActivatedMix(np.array([[1.0, 1.0], [0.0, 0.0]]), gate, ONES).simplified()
    assert isinstance(mix, ActivatedMix)
    assert mix.gate.hidden == 1


def test_output_weights_go_into_the_last_projection():
    mix = StaticMix(np.array([[1.0, 2.0], [3.0, 4.0]]), ONES).times(np.array([10.0, 100.0]))
    assert mix.projection.tolist() == [[10, 300], [20, 400]]
    assert mix.scale.tolist() == [10, 100]


def test_the_sigmoid_does_not_overflow():
    with np.errstate(all="raise"):
        assert sigmoid(np.array([-700.0, 0.0, 700.0])).tolist() == [np.exp(-700), 0.5, 1.0]
