"""A product whose input comes in two parts, one of them the same for many rows."""

import numpy as np
import tensorflow as tf

from model.folding.factors import Tensor, constant
from model.folding.gate import Array
from model.folding.sides import Sides


class SplitProduct(tf.Module):
    """``A_ctx^T x_ctx + A_cand^T x_cand + a`` for several kernels, stacked into one.

    Args:
        kernels: ``(inputs, outputs_i)``, the inputs in the order of ``sides``.
        biases: ``(outputs_i,)``.
        sides: which inputs are the context's.
        size: inputs per field.
        dtype: of the variables.
    """

    def __init__(
        self, kernels: list[Array], biases: list[Array], sides: Sides, size: int, dtype: str
    ) -> None:
        super().__init__(name="split")
        self._sizes = [len(bias) for bias in biases]
        full = [kernel for kernel in kernels if kernel.shape[1]]
        self.context = self.candidate = self.bias = None
        if full:
            context, candidate = sides.cut(np.hstack(full), size)
            self.context = constant(context, "context", dtype)
            self.candidate = constant(candidate, "candidate", dtype)
            self.bias = constant(np.concatenate(biases), "bias", dtype)

    def share(self, context: Tensor) -> Tensor:
        """Compute the context's share: ``(n, inputs)`` to ``(n, outputs)``, or ``None``."""
        if self.context is None:
            return None
        return tf.nn.bias_add(tf.matmul(context, self.context), self.bias)

    def __call__(self, candidates: Tensor, share: Tensor) -> list[Tensor]:
        """Give each kernel's result.

        Args:
            candidates: ``(batch n, inputs)``.
            share: of the context, ``(n, outputs)``.

        Returns:
            ``(batch n, outputs_i)`` each; ``None`` for a kernel without outputs.
        """
        if self.candidate is None:
            return [None] * len(self._sizes)
        width = share.shape[0]
        total = tf.matmul(candidates, self.candidate)
        if width == 1:
            total = tf.nn.bias_add(total, tf.reshape(share, (-1,)))
        else:
            size = share.shape[1]
            total = tf.reshape(tf.reshape(total, (-1, width, size)) + share, (-1, size))
        parts = iter(tf.split(total, [size for size in self._sizes if size], axis=1))
        return [next(parts) if size else None for size in self._sizes]
