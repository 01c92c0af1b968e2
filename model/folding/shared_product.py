"""Products that all layers take of the same input, done together."""

import numpy as np
import tensorflow as tf

from model.folding.factors import Tensor, affine, constant
from model.folding.gate import Array

WIDE = 256
"""Columns from which a kernel has a product of its own.

Measured at 624 rows: below, products are slow and stacking them gains up to 2x; above, they run at
full speed alone, and slicing them out of a wider one costs a copy of the result, 5 to 20%.
"""


class SharedProduct(tf.Module):
    """``x K_i + k_i`` for several kernels of one input: the narrow ones stacked into one product.

    Args:
        kernels: ``(inputs, outputs_i)``; with no outputs there is no result.
        biases: ``(outputs_i,)``.
        dtype: of the variables.
    """

    def __init__(self, kernels: list[Array], biases: list[Array], dtype: str) -> None:
        super().__init__(name="products")
        self._sizes = [len(bias) for bias in biases]
        self._narrow = [place for place, size in enumerate(self._sizes) if 0 < size < WIDE]
        self._wide = [place for place, size in enumerate(self._sizes) if size >= WIDE]
        self.kernels = [constant(kernels[place], "kernel", dtype) for place in self._wide]
        self.biases = [constant(biases[place], "bias", dtype) for place in self._wide]
        self.stack = self.stack_bias = None
        if self._narrow:
            stack = np.hstack([kernels[place] for place in self._narrow])
            bias = np.concatenate([biases[place] for place in self._narrow])
            self.stack = constant(stack, "stack", dtype)
            self.stack_bias = constant(bias, "stack_bias", dtype)

    def __call__(self, x: Tensor) -> list[Tensor]:
        """Give each kernel's result, ``(batch, outputs_i)``; ``None`` for one without outputs."""
        parts: list[Tensor] = [None] * len(self._sizes)
        for place, kernel, bias in zip(self._wide, self.kernels, self.biases, strict=True):
            parts[place] = affine(x, kernel, bias)
        if self.stack is not None and self.stack_bias is not None:
            sizes = [self._sizes[place] for place in self._narrow]
            split = tf.split(affine(x, self.stack, self.stack_bias), sizes, axis=1)
            for place, part in zip(self._narrow, split, strict=True):
                parts[place] = part
        return parts
