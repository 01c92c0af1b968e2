"""The dense layer of APG, whose weights look at the instance."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.initializers import one_each
from model.layers.tower import Tower


class GeneratedDense(keras.layers.Layer):
    """A dense layer with ReLU whose kernel's centre is generated for each instance.

        y_i = relu(U (S_i (V x_i)) + b)        APG (Yan et al., NeurIPS 2022)
        S_i = reshape(MLP(z_i)) + I

    ``V`` is ``(K, inputs)`` and ``U`` is ``(units, K)``, shared by all instances; ``S_i`` is
    ``(K, K)``. Multiplied from the right, no instance's whole kernel is ever made. Over-
    parameterised, the shared ones are products with ``P`` between: ``V = V_l V_r``,
    ``U = U_l U_r``.

    Two things are not in the paper's equation: the bias ``b``, and the identity ``I``, which is no
    more than another start of the generator's last bias. A new layer is then nearly
    ``relu(U V x)``, however small the condition.

    Args:
        units: size of the output.
        rank: ``K``.
        over_rank: ``P``; at 0 ``U`` and ``V`` are plain weights.
        generator_units: of the hidden layers of the ``MLP``, which have a ReLU each.
        kernel_initializer: of every kernel.

    Call arguments:
        x: ``(batch, inputs)``.
        z: what the instance's ``S_i`` is generated from, ``(batch, conditions)``.

    Returns:
        ``(batch, units)``.

    Raises:
        InvalidInputError: if ``units`` or ``rank`` is not positive, or ``over_rank`` is negative.
    """

    def __init__(
        self,
        units: int,
        rank: int,
        over_rank: int = 0,
        generator_units: Sequence[int] = (),
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for key, value, least in (
            ("units", units, 1),
            ("rank", rank, 1),
            ("over_rank", over_rank, 0),
        ):
            if value < least:
                raise InvalidInputError(f"{key}: must be at least {least}; received {value}")
        self.units = units
        self.rank = rank
        self.over_rank = over_rank
        self.generator_units = tuple(generator_units)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: tuple[int | None, int], z_shape: tuple[int | None, int]) -> None:
        """Create the generator and the shared weights, which are stored transposed."""
        *shared, last, hidden = one_each(self.kernel_initializer, 6)
        self.V = self._shared("V", x_shape[1], self.rank, *shared[:2])
        self.U = self._shared("U", self.rank, self.units, *shared[2:])
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.hidden = Tower(
            self.generator_units, kernel_initializer=hidden, dtype=self.dtype_policy, name="hidden"
        )
        self.generator = keras.layers.Dense(
            self.rank**2, kernel_initializer=last, dtype=self.dtype_policy, name="generator"
        )
        self.hidden.build(z_shape)
        self.generator.build((None, (z_shape[1], *self.generator_units)[-1]))
        self.built = True

    def call(self, x: Any, z: Any) -> Any:
        """Transform one batch."""
        S = ops.reshape(self.generator(self.hidden(z)), (-1, self.rank, self.rank))
        S = S + ops.eye(self.rank, dtype=S.dtype)  # transposed
        low = ops.expand_dims(ops.matmul(x, _product(self.V)), 1)  # (batch, 1, K)
        low = ops.reshape(ops.matmul(low, S), (-1, self.rank))
        return ops.relu(ops.matmul(low, _product(self.U)) + self.bias)

    def _shared(self, name: str, inputs: int, outputs: int, first: Any, second: Any) -> list[Any]:
        if not self.over_rank:
            return [self.add_weight(shape=(inputs, outputs), initializer=first, name=name)]
        return [
            self.add_weight(shape=(inputs, self.over_rank), initializer=first, name=f"{name}_r"),
            self.add_weight(shape=(self.over_rank, outputs), initializer=second, name=f"{name}_l"),
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "rank": self.rank,
            "over_rank": self.over_rank,
            "generator_units": self.generator_units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def _product(factors: list[Any]) -> Any:
    return factors[0] if len(factors) == 1 else ops.matmul(*factors)
