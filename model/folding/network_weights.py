"""The weights of an interaction network as plain arrays, in natural row order."""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from model.errors import CheckFailedError, InvalidInputError
from model.folding.activated_mix import ActivatedMix
from model.folding.deep_weights import DeepWeights
from model.folding.gate import Array, Gate, Places
from model.folding.generated_mix import GeneratedMix
from model.folding.permutation import natural_order
from model.folding.static_mix import StaticMix
from model.folding.weighted_mix import WeightedMix

Mix: TypeAlias = StaticMix | ActivatedMix | GeneratedMix | WeightedMix


@dataclass(frozen=True, eq=False)
class NetworkWeights:
    """``logit = sum_c sum_n w_n X_L[n, c] + d b`` with ``X_l = X_{l-1} * factor_l``.

    Attributes:
        fields, dim, subspaces: ``F``, ``D``, ``h``.
        mixes: one per layer that does something.
        layers: the number of each in the trained network, from 1.
        w: output weights ``(N,)``, in natural row order like everything here.
        bias: ``d b``.
        deep: the deep part, if there is one.
    """

    fields: int
    dim: int
    subspaces: int
    mixes: tuple[Mix, ...]
    layers: tuple[int, ...]
    w: Array
    bias: float
    deep: DeepWeights | None = None

    @property
    def width(self) -> int:
        """``d``, columns of the crossed map."""
        return self.dim // self.subspaces

    @property
    def hidden(self) -> int:
        """Hidden units of all gates."""
        return sum(mix.gate.hidden for mix in self.mixes if mix.gate is not None)

    def simplified(self) -> "NetworkWeights":
        """Drop what is zero: columns, hidden units, layers (math.md, folding, item 5)."""
        simple = [
            (mix.simplified(), layer) for mix, layer in zip(self.mixes, self.layers, strict=True)
        ]
        kept = [(mix, layer) for mix, layer in simple if mix is not None]
        mixes, layers = tuple(mix for mix, _ in kept), tuple(layer for _, layer in kept)
        return replace(self, mixes=mixes, layers=layers)

    def reordered(self, fields: Places) -> "NetworkWeights":
        """Take the fields in another order.

        Args:
            fields: ``(F,)``: the field that comes first, the one that comes second, ...
        """
        rows = _spread(fields, self.subspaces)
        inputs = _spread(fields, self.dim)
        mixes = tuple(mix.reordered(rows, inputs) for mix in self.mixes)
        deep = None if self.deep is None else self.deep.reordered(rows, inputs)
        return replace(self, mixes=mixes, w=self.w[rows], deep=deep)


def _spread(fields: Places, size: int) -> Places:
    """Write the places of what each field has ``size`` of, side by side."""
    return (fields[:, None] * size + np.arange(size)).ravel()


def finite_array(variable: Any) -> Array:
    """Read a variable in float64.

    Raises:
        CheckFailedError: if a value is not finite.
    """
    array = np.asarray(variable.numpy(), np.float64)
    if not np.isfinite(array).all():
        raise CheckFailedError(f"{variable.path}: weights must be finite; some are not")
    return array


def _gate(gate: Any) -> Gate:
    return Gate(
        finite_array(gate.hidden_kernel),
        finite_array(gate.hidden_bias),
        finite_array(gate.output_kernel),
        finite_array(gate.output_bias),
    )


def read_network(network: Any) -> NetworkWeights:
    """Read the weights of a zoo network with ``interactions`` into float64 arrays.

    Raises:
        InvalidInputError: for a kind of layer that has no folding rule.
        CheckFailedError: if a weight is not finite.
    """
    fields, h = network.fields, network.crossing.subspaces
    order = natural_order(fields, h)
    N = len(order)
    ones = np.ones(N)

    def mix(layer: Any) -> Mix:
        kind = type(layer).__name__
        if kind == "DynamicGeneratedParameters":
            return GeneratedMix(
                finite_array(layer.U)[order], finite_array(layer.V)[order], _gate(layer.gate), ones
            )
        if kind not in {"PolynomialInteraction", "DynamicActivation", "DynamicWeightedParameters"}:
            raise InvalidInputError(
                f"interactions: each must be of a kind that folds; received {kind}"
            )
        W = finite_array(layer.kernel)[np.ix_(order, order)]
        if kind == "PolynomialInteraction":
            return StaticMix(W, ones)
        gate = _gate(layer.gate)
        # The gate's outputs are laid out (..., N) in crossed order.
        places = np.arange(len(gate.c)).reshape(-1, N)[:, order].ravel()
        if kind == "DynamicActivation":
            return ActivatedMix(W, gate.outputs(places), ones)
        return WeightedMix(W, gate.outputs(places).shifted(float(layer.offset)), ones)

    return NetworkWeights(
        fields,
        network.row_width,
        h,
        tuple(mix(layer) for layer in network.interactions),
        tuple(range(1, len(network.interactions) + 1)),
        finite_array(network.output_layer.kernel)[order],
        float(finite_array(network.output_layer.bias)) * (network.row_width // h),
        None if network.tower is None else _read_deep(network, order),
    )


def _read_deep(network: Any, order: Places) -> DeepWeights:
    layers: list[tuple[Array, Array]] = []
    for step in network.tower.steps:
        if hasattr(step, "kernel"):
            layers.append((finite_array(step.kernel), finite_array(step.bias)))
        if hasattr(step, "moving_mean"):
            gamma, beta = finite_array(step.gamma), finite_array(step.beta)
            mean, variance = finite_array(step.moving_mean), finite_array(step.moving_variance)
            scale = gamma / np.sqrt(variance + step.epsilon)
            kernel, bias = layers[-1]
            layers[-1] = kernel * scale, (bias - mean) * scale + beta
    fusion = network.fusion
    gate = bilinear = None
    if fusion.kind == "gate":
        gate = finite_array(fusion.gate_kernel)[:, 0], float(finite_array(fusion.gate_bias))
    if fusion.kind == "bilinear":
        bilinear = finite_array(fusion.bilinear)[:, order]
    kernels, biases = zip(*layers, strict=True)
    return DeepWeights(kernels, biases, finite_array(fusion.head)[:, 0], gate, bilinear)
