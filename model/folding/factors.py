"""The graph of one folded layer: from what the shared product gave it to the layer's factor.

Each class computes ``factor = scale * (mix(X_0) + 1)``, ``(batch * d, N)``, of ``X_l = X_{l-1} *
factor``. Those with a gate give its outputs too, ``h C + c``, ``(batch, outputs)``.
"""

from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from model.folding.activated_mix import ActivatedMix
from model.folding.gate import Array
from model.folding.generated_mix import GeneratedMix
from model.folding.network_weights import Mix
from model.folding.static_mix import StaticMix
from model.folding.weighted_mix import WeightedMix

Tensor: TypeAlias = Any


SATURATED = 0.05
"""A sigmoid within so much of 0 or 1 hardly moves any more."""


def constant(array: Array, name: str, dtype: str) -> tf.Variable:
    """Hold weights in a variable that is not trained."""
    return tf.Variable(np.ascontiguousarray(array, dtype), trainable=False, name=name)


def affine(x: Tensor, kernel: tf.Variable, bias: tf.Variable) -> Tensor:
    """Multiply and add in the form that TensorFlow fuses into one kernel."""
    return tf.nn.bias_add(tf.matmul(x, kernel), bias)


def scale_rows(x: Tensor, scales: Tensor, width: int) -> Tensor:
    """Multiply ``(batch * d, M)`` by scales per instance, ``(batch, M)`` or ``(batch, d M)``."""
    if width == 1:
        return x * scales
    size = x.shape[-1]
    per_column = scales.shape[-1] // size
    spread = tf.reshape(scales, (-1, per_column, size))
    return tf.reshape(tf.reshape(x, (-1, width, size)) * spread, (-1, size))


class StaticFactor(tf.Module):
    """``x (scale W)^T + scale``: the shared product, bias included, is the factor already."""

    def __init__(self, mix: StaticMix, dtype: str) -> None:
        super().__init__(name="static")

    def __call__(self, x: Tensor, projected: Tensor, hidden: Tensor, width: int) -> Tensor:
        """Return what the shared product gave."""
        return projected


class ActivatedFactor(tf.Module):
    """``(x (2 scale W)^T) * sigmoid(h C + c) + scale``."""

    def __init__(self, mix: ActivatedMix, dtype: str) -> None:
        super().__init__(name="activated")
        self.bound = float(np.log(1.0 / SATURATED - 1.0))
        self.C = constant(mix.gate.C, "C", dtype)
        self.c = constant(mix.gate.c, "c", dtype)
        self.scale = constant(mix.scale, "scale", dtype)

    def __call__(self, x: Tensor, projected: Tensor, hidden: Tensor, width: int) -> Tensor:
        """Activate one batch."""
        gate = tf.sigmoid(self.gate(hidden))
        return tf.nn.bias_add(scale_rows(projected, gate, width), self.scale)

    def gate(self, hidden: Tensor) -> Tensor:
        """Return what the sigmoid is taken of."""
        return affine(hidden, self.C, self.c)


class GeneratedFactor(tf.Module):
    """``((x V) * (h C + c)) (scale U)^T + scale``."""

    def __init__(self, mix: GeneratedMix, dtype: str) -> None:
        super().__init__(name="generated")
        self.bound = None
        self.C = None if mix.gate is None else constant(mix.gate.C, "C", dtype)
        self.c = None if mix.gate is None else constant(mix.gate.c, "c", dtype)
        self.U = constant((mix.scale[:, None] * mix.U).T, "U", dtype)  # (K, N)
        self.scale = constant(mix.scale, "scale", dtype)

    def __call__(self, x: Tensor, projected: Tensor, hidden: Tensor, width: int) -> Tensor:
        """Generate and apply one batch's matrices, which are never built."""
        if self.C is not None:
            projected = scale_rows(projected, self.gate(hidden), width)
        return affine(projected, self.U, self.scale)

    def gate(self, hidden: Tensor) -> Tensor:
        """Return the scales of the K columns; only where there is a gate."""
        return affine(hidden, self.C, self.c)


class WeightedFactor(tf.Module):
    """``sum_p (h C_up + c_up) * ((x * (h C_vp + c_vp)) W^T) + scale``, scale folded into ``u``."""

    def __init__(self, mix: WeightedMix, dtype: str) -> None:
        super().__init__(name="weighted")
        self.bound = None
        N, rank = len(mix.W), mix.rank
        factors = np.concatenate([np.tile(mix.scale, rank), np.ones(rank * N)])
        gate = mix.gate.scaled(factors)
        kernels, biases = np.split(gate.C, 2 * rank, axis=1), np.split(gate.c, 2 * rank)
        pairs = [
            (constant(C, "C", dtype), constant(c, "c", dtype))
            for C, c in zip(kernels, biases, strict=True)
        ]
        self.u, self.v = pairs[:rank], pairs[rank:]
        self.W = constant(mix.W.T, "W", dtype)
        self.scale = constant(mix.scale, "scale", dtype)

    def __call__(self, x: Tensor, projected: Tensor, hidden: Tensor, width: int) -> Tensor:
        """Weight and apply one batch, a pair at a time: the maps stay small, nothing is split."""
        total = None
        for u, v in zip(self.u, self.v, strict=True):
            mixed = tf.matmul(scale_rows(x, affine(hidden, *v), width), self.W)
            term = scale_rows(mixed, affine(hidden, *u), width)
            total = term if total is None else total + term
        return tf.nn.bias_add(total, self.scale)

    def gate(self, hidden: Tensor) -> Tensor:
        """Return ``u`` and then ``v``, the former as they are scaled here."""
        return tf.concat([affine(hidden, *pair) for pair in (*self.u, *self.v)], axis=1)


def make_factor(mix: Mix, dtype: str) -> tf.Module:
    """Choose the graph of a layer."""
    if isinstance(mix, StaticMix):
        return StaticFactor(mix, dtype)
    if isinstance(mix, ActivatedMix):
        return ActivatedFactor(mix, dtype)
    if isinstance(mix, GeneratedMix):
        return GeneratedFactor(mix, dtype)
    return WeightedFactor(mix, dtype)
