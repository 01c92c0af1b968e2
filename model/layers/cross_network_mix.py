"""The cross network of DCN V2, with matrices of low rank: a mixture of experts."""

from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.initializers import one_each

ACTIVATIONS = ("tanh", "relu", "linear")
"""What the projections can go through."""


class CrossNetworkMix(keras.layers.Layer):
    """Cross the input with itself by experts, each in a subspace of its own.

        x_{l+1} = sum_i G_i(x_l) E_i(x_l) + x_l                     Wang et al. (WWW 2021), eq. 3
        E_i(x_l) = x_0 * (U_i act(C_i act(V_i^T x_l)) + b_l)        eq. 4
        G(x_l) = softmax(W_G x_l), over the experts

    ``*`` is elementwise. With the activation ``"linear"`` there is no ``C_i``, which is eq. 3's
    expert; with one expert there is no gate: both together are eq. 2. As the gates of an instance
    add up to 1, ``b_l`` counts once, and the sum over the experts is one product with all ``U_i``.

    Args:
        layers: number ``L`` of layers; with none it returns its input.
        rank: ``r``: ``U_i`` and ``V_i`` are ``(inputs, r)``, ``C_i`` is ``(r, r)``; each layer has
            its own.
        experts: number ``K`` of experts.
        activation: ``"tanh"``, ``"relu"`` or ``"linear"``.
        kernel_initializer: of each of these matrices.

    Call arguments:
        x: ``x_0``, ``(batch, inputs)``.

    Returns:
        ``x_L``, ``(batch, inputs)``.

    Raises:
        InvalidInputError: for an unknown ``activation``.
    """

    def __init__(
        self,
        layers: int,
        rank: int,
        experts: int = 1,
        activation: str = "tanh",
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if activation not in ACTIVATIONS:
            raise InvalidInputError(
                f"activation: must be one of {ACTIVATIONS}; received {activation!r}"
            )
        self.layers = layers
        self.rank = rank
        self.experts = experts
        self.activation = activation
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: Any) -> None:
        """Create every layer's ``V``, ``C^T``, ``U^T``, ``W_G^T`` and ``b_l``.

        The experts' matrices are parts of one: ``V`` is ``(inputs, K r)``, ``C^T`` ``(K r, r)``,
        ``U^T`` ``(K r, inputs)``.
        """
        inputs, rank, experts = x_shape[-1], self.rank, self.experts
        self.V, self.C, self.U, self.gates, self.biases = [], [], [], [], []
        given = iter(one_each(self.kernel_initializer, self.layers * (3 * experts + 1)))

        def kernel(name: str, rows: int, columns: int, count: int, axis: int) -> Any:
            # Each expert's matrix starts like one by itself.
            each = [next(given) for _ in range(count)]

            def side_by_side(shape: Any, dtype: Any = None) -> Any:
                return ops.concatenate([one((rows, columns), dtype) for one in each], axis)

            shape = [rows, columns]
            shape[axis] *= count
            return self.add_weight(shape=tuple(shape), initializer=side_by_side, name=name)

        for layer in range(self.layers):
            self.V.append(kernel(f"V_{layer}", inputs, rank, experts, 1))
            if self.activation != "linear":
                self.C.append(kernel(f"C_{layer}", rank, rank, experts, 0))
            self.U.append(kernel(f"U_{layer}", rank, inputs, experts, 0))
            if experts > 1:
                self.gates.append(kernel(f"gate_{layer}", inputs, experts, 1, 0))
            self.biases.append(
                self.add_weight(shape=(inputs,), initializer="zeros", name=f"bias_{layer}")
            )
        self.built = True

    def call(self, x: Any) -> Any:
        """Cross one batch."""
        x0 = x
        for layer in range(self.layers):
            mixed = ops.matmul(self._projected(x, layer), self.U[layer])
            x = x0 * (mixed + self.biases[layer]) + x
        return x

    def _projected(self, x: Any, layer: int) -> Any:
        """Return what the experts make of ``x`` in their subspaces, times their gates."""
        experts, rank = self.experts, self.rank
        act = keras.activations.get(self.activation)
        y = act(ops.matmul(x, self.V[layer]))  # (batch, K r)
        if self.activation != "linear":
            own = ops.reshape(self.C[layer], (experts, rank, rank))
            y = act(ops.einsum("bkr,krs->bks", ops.reshape(y, (-1, experts, rank)), own))
        if experts > 1:
            gates = ops.softmax(ops.matmul(x, self.gates[layer]), axis=1)
            y = ops.reshape(y, (-1, experts, rank)) * ops.expand_dims(gates, 2)
        return ops.reshape(y, (-1, experts * rank))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "layers": self.layers,
            "rank": self.rank,
            "experts": self.experts,
            "activation": self.activation,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
