"""The compressed interaction network of xDeepFM."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from model.errors import InvalidInputError
from model.layers.initializers import one_each

ACTIVATIONS = ("linear", "relu")
"""What a feature map may go through."""


class CompressedInteractionNetwork(keras.layers.Layer):
    """Interact explicitly and vector-wise, one order more per layer (CIN).

        x^k_n = act(sum_ij W^k_n[i, j] (x^{k-1}_i * x^0_j))          Lian et al. (KDD 2018), eq. 6
        p^k_n = sum_d x^k_n[d]

    ``*`` is elementwise, on vectors of ``D``. There are no biases.

    The sums are the paper's; the order in which they are taken is what makes them fast:

    - In the first layer both factors are ``x^0``: ``(i, j)`` and ``(j, i)`` are one product.
    - Of the last layer only the pooled values are needed: without an activation between, the
      products are pooled first, ``p_n = sum_ij W_n[i, j] <x_i, x^0_j>``, and ``W`` has ``D`` times
      fewer of them to mix.

    Args:
        units: feature maps ``H_k`` of each layer.
        split_half: whether the first half of a layer's maps goes on to the next layer and the
            second one to the output, as in the authors' code; all of the last layer's are put out.
            Otherwise every map goes both ways, as in the paper.
        activation: ``"linear"``, which the paper found best, or ``"relu"``.
        kernel_initializer: of each ``W^k``, ``(H_{k-1} F, H_k)``, with row ``i F + j``.

    Call arguments:
        x: embeddings ``x^0``, ``(batch, fields, D)``.

    Returns:
        The pooled values of all layers side by side, ``(batch, pooled)``.

    Raises:
        InvalidInputError: without layers, if maps that are to be split are odd in number, or for an
            unknown activation.
    """

    def __init__(
        self,
        units: Sequence[int],
        split_half: bool = False,
        activation: str = "linear",
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = tuple(units)
        if not self.units:
            raise InvalidInputError("units: must not be empty; received ()")
        if split_half and any(each % 2 for each in self.units[:-1]):
            raise InvalidInputError(
                f"units: must be even but for the last, to be split; received {self.units}"
            )
        if activation not in ACTIVATIONS:
            raise InvalidInputError(
                f"activation: must be one of {ACTIVATIONS}; received {activation!r}"
            )
        self.split_half = split_half
        self.activation = activation
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @property
    def pooled(self) -> int:
        """How many values it gives for an instance."""
        return sum(self._direct(place) for place in range(len(self.units)))

    def build(self, x_shape: tuple[int | None, int, int]) -> None:
        """Create each layer's ``W``."""
        maps = fields = x_shape[1]
        self.kernels = []
        initializers = one_each(self.kernel_initializer, len(self.units))
        for place, (units, initializer) in enumerate(zip(self.units, initializers, strict=True)):
            kernel = self.add_weight(
                shape=(maps * fields, units), initializer=initializer, name=f"kernel_{place}"
            )
            self.kernels.append(kernel)
            maps = units // 2 if self.split_half else units
        self.built = True

    def call(self, x: Any) -> Any:
        """Give one batch its pooled values."""
        x0 = maps = ops.transpose(x, (0, 2, 1))  # (batch, D, F)
        pooled = []
        for place, kernel in enumerate(self.kernels):
            last = place + 1 == len(self.kernels)
            if last and self.activation == "linear":
                pooled.append(_pooled_products(maps, x, kernel))
                break
            maps = _squares(x, kernel) if place == 0 else _products(maps, x0, kernel)
            if self.activation == "relu":
                maps = ops.relu(maps)
            pooled.append(ops.sum(maps[:, :, -self._direct(place) :], axis=1))
            if self.split_half:
                maps = maps[:, :, : self.units[place] // 2]
        return ops.concatenate(pooled, axis=1)

    def _direct(self, place: int) -> int:
        """Count the maps of a layer that are put out."""
        split = self.split_half and place + 1 < len(self.units)
        return self.units[place] // 2 if split else self.units[place]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "split_half": self.split_half,
            "activation": self.activation,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def _products(maps: Any, x0: Any, kernel: Any) -> Any:
    """Mix the products of each map with each field: ``(batch, D, H)`` to ``(batch, D, units)``."""
    pairs = ops.expand_dims(maps, 3) * ops.expand_dims(x0, 2)
    mixed = ops.matmul(ops.reshape(pairs, (-1, kernel.shape[0])), kernel)
    return ops.reshape(mixed, (-1, maps.shape[1], kernel.shape[1]))


def _squares(x: Any, kernel: Any) -> Any:
    """Do what ``_products`` does when both factors are ``x``, ``(batch, F, D)``.

    Fields come first, so that picking pairs copies long pieces of memory.
    """
    _, fields, dim = x.shape
    i, j = np.triu_indices(fields)
    cube = ops.reshape(kernel, (fields, fields, -1))
    both_ways = ops.reshape(cube + ops.transpose(cube, (1, 0, 2)), kernel.shape)
    once = ops.cast(np.where(i == j, 0.5, 1.0)[:, None], kernel.dtype)
    kernel = once * ops.take(both_ways, i * fields + j, 0)
    rows = ops.reshape(ops.transpose(x, (1, 0, 2)), (fields, -1))
    pairs = ops.take(rows, i, 0) * ops.take(rows, j, 0)
    mixed = ops.matmul(ops.transpose(kernel), pairs)  # (units, batch D)
    return ops.transpose(ops.reshape(mixed, (kernel.shape[1], -1, dim)), (1, 2, 0))


def _pooled_products(maps: Any, x: Any, kernel: Any) -> Any:
    """Do what ``_products`` and a sum over ``D`` do; ``x`` is ``(batch, F, D)``."""
    inner = ops.matmul(ops.transpose(maps, (0, 2, 1)), ops.transpose(x, (0, 2, 1)))
    return ops.matmul(ops.reshape(inner, (-1, kernel.shape[0])), kernel)
