"""The graph of the deep part of a folded network."""

import numpy as np
import tensorflow as tf

from model.folding.deep_weights import DeepWeights
from model.folding.factors import Tensor, affine, constant, scale_rows
from model.folding.gate import Array


class DeepFactor(tf.Module):
    """From the first hidden layer, which the shared product computes, to the whole logit.

    Args:
        weights: of the deep part.
        w: output weights of the interactions, ``(N,)``: a bilinear fusion adds to them.
        dtype: of the variables.
    """

    def __init__(self, weights: DeepWeights, w: Array, dtype: str) -> None:
        super().__init__(name="deep")
        self.layers = [
            (constant(kernel, "kernel", dtype), constant(bias, "bias", dtype))
            for kernel, bias in zip(weights.kernels[1:], weights.biases[1:], strict=True)
        ]
        self.head = constant(weights.head[:, None], "head", dtype)
        self.gate_kernel = self.gate_bias = self.M = self.w = None
        if weights.gate is not None:
            kernel, bias = weights.gate
            self.gate_kernel = constant(kernel[:, None], "gate_kernel", dtype)
            self.gate_bias = constant(np.asarray(bias), "gate_bias", dtype)
        if weights.bilinear is not None:
            self.M = constant(weights.bilinear, "bilinear", dtype)
            self.w = constant(w, "w", dtype)

    def units(self, hidden: Tensor) -> Tensor:
        """Return ``t``, ``(batch, units)``, from the first layer's units after their ReLU."""
        for kernel, bias in self.layers:
            hidden = tf.nn.relu(affine(hidden, kernel, bias))
        return hidden

    def weighted(self, x: Tensor, units: Tensor, width: int) -> Tensor:
        """Weight the rows of a map ``(batch * d, N)``, or of ones, as a bilinear fusion does."""
        if self.M is None:
            return x
        weights = affine(units, self.M, self.w)
        return tf.repeat(weights, width, axis=0) if x is None else scale_rows(x, weights, width)

    def joined(self, logit: Tensor, units: Tensor) -> Tensor:
        """Return the whole logit, ``(batch,)``."""
        deep = tf.reshape(tf.matmul(units, self.head), (-1,))
        if self.gate_kernel is None:
            return logit + deep
        opened = tf.reshape(tf.matmul(units, self.gate_kernel), (-1,)) + self.gate_bias
        return deep + tf.sigmoid(opened) * (logit - deep)
