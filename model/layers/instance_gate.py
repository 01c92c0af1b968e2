"""The gating network that makes an interaction depend on its instance."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.initializers import one_each


def _as_it_is(weights: Any) -> Any:
    return weights


class InstanceGate(keras.layers.Layer):
    """Two dense layers with a ReLU between, on the embeddings, whose gradient they block.

        gate = relu(x A + a) C + c          DynInt (DLP-KDD 2022), section 3.2
        x = stop_gradient(X_0), flattened

    ``A`` is ``(F D, H)`` with ``H = ceil(F D / r)``, ``C`` is ``(H, units)``. What follows (a
    sigmoid, an offset) is the caller's business.

    Args:
        units: values a gate gives for an instance.
        reduction_ratio: ``r``.
        kernel_initializer: of both kernels; the paper asks for a zero mean.
        bias_initializer: of ``c``; ``a`` starts at zero.

    Call arguments:
        embeddings: ``X_0`` before crossing, ``(batch, fields, D)``.
        hidden: the hidden units, if they were computed with those of other gates.
        order: reorders the last axis of ``C`` and ``c``, and so the values.

    Returns:
        ``(batch, units)``.

    Raises:
        InvalidInputError: if ``units`` or ``reduction_ratio`` is not positive.
    """

    def __init__(
        self,
        units: int,
        reduction_ratio: float = 4,
        *,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if units < 1:
            raise InvalidInputError(f"units: must be at least 1; received {units}")
        if not reduction_ratio > 0:
            raise InvalidInputError(
                f"reduction_ratio: must be positive; received {reduction_ratio}"
            )
        self.units = units
        self.reduction_ratio = reduction_ratio
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the two layers for embeddings of this shape."""
        features = embeddings_shape[1] * embeddings_shape[2]
        hidden = math.ceil(features / self.reduction_ratio)
        first, second = one_each(self.kernel_initializer, 2)
        self.hidden_kernel = self.add_weight(
            shape=(features, hidden), initializer=first, name="hidden_kernel"
        )
        self.hidden_bias = self.add_weight(shape=(hidden,), initializer="zeros", name="hidden_bias")
        self.output_kernel = self.add_weight(
            shape=(hidden, self.units), initializer=second, name="output_kernel"
        )
        self.output_bias = self.add_weight(
            shape=(self.units,), initializer=self.bias_initializer, name="output_bias"
        )
        self.built = True

    def call(
        self, embeddings: Any, hidden: Any = None, order: Callable[[Any], Any] = _as_it_is
    ) -> Any:
        """Gate one batch."""
        if hidden is None:
            hidden = self.hidden_units(embeddings, self.hidden_kernel, self.hidden_bias)
        return ops.matmul(hidden, order(self.output_kernel)) + order(self.output_bias)

    def parts(
        self,
        embeddings: Any,
        count: int,
        offset: float,
        hidden: Any = None,
        order: Callable[[Any], Any] = _as_it_is,
    ) -> list[Any]:
        """Gate one batch, the units cut in ``count`` equal parts and ``offset`` added to each.

        A part is a product of its own, so that no copy of it is made, and ``order`` is of one part.

        Returns:
            ``count`` times ``(batch, units / count)``.
        """
        if hidden is None:
            hidden = self.hidden_units(embeddings, self.hidden_kernel, self.hidden_bias)
        kernels = ops.split(self.output_kernel, count, axis=1)
        biases = ops.split(self.output_bias + offset, count)
        return [
            ops.matmul(hidden, order(kernel)) + order(bias)
            for kernel, bias in zip(kernels, biases, strict=True)
        ]

    @staticmethod
    def hidden_units(embeddings: Any, kernel: Any, bias: Any) -> Any:
        """Return ``relu(x A + a)`` for ``A`` and ``a`` of one gate, or of several side by side."""
        x = ops.stop_gradient(ops.reshape(embeddings, (-1, kernel.shape[0])))
        return ops.relu(ops.matmul(x, kernel) + bias)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "reduction_ratio": self.reduction_ratio,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
