"""The interaction layer of DynInt-DA."""

from typing import Any

from keras import ops

from model.errors import InvalidInputError
from model.layers.first_products import FirstProducts
from model.layers.instance_gate import InstanceGate
from model.layers.polynomial_interaction import PolynomialInteraction
from model.layers.rows import mix_rows

GATE_SHAPES = ("row", "element")
"""What a gate is one value of."""


class DynamicActivation(PolynomialInteraction):
    """Scale what a polynomial interaction learned by a gate that looks at the instance.

        X_l = (X_{l-1} * (W X_0)) * G_i + X_{l-1}          DynInt (DLP-KDD 2022), eq. 4
        G_i = 2 sigmoid(gate(X_0))

    Args:
        reduction_ratio: ``r`` of the gate.
        gate_shape: ``"row"`` for one gate per row, broadcast over the width; ``"element"`` for one
            per element (the gate's outputs are laid out as ``(width, rows)``).
        kernel_initializer: of ``W``, ``(rows, rows)``, and of the gate's kernels.
        rows_last: whether the maps come and go as ``(batch, width, rows)``.

    Call arguments, Returns, Raises:
        As ``RowMixer``, with ``embeddings``; and ``InvalidInputError`` for an unknown
        ``gate_shape``.
    """

    def __init__(self, reduction_ratio: float = 4, gate_shape: str = "row", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if gate_shape not in GATE_SHAPES:
            raise InvalidInputError(
                f"gate_shape: must be one of {GATE_SHAPES}; received {gate_shape!r}"
            )
        self.reduction_ratio = reduction_ratio
        self.gate_shape = gate_shape

    def build_factor(self, rows: int, width: int, embeddings_shape: Any) -> None:
        """Create ``W`` and the gate."""
        super().build_factor(rows, width, embeddings_shape)
        self.gate = InstanceGate(
            rows if self.gate_shape == "row" else rows * width,
            self.reduction_ratio,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="gate",
        )
        self.gate.build(embeddings_shape)

    def factor(self, x0: Any, embeddings: Any, first: FirstProducts, training: bool) -> Any:
        """Return ``(W X_0) * G_i + 1``."""
        gate = self.gate(embeddings, first.hidden, order=self._element_order)
        gate = 2.0 * ops.sigmoid(gate)
        mixed = mix_rows(x0, self.mixing_kernel())
        return mixed * ops.reshape(gate, (-1, self.gate.units // x0.shape[2], x0.shape[2])) + 1.0

    def _element_order(self, weights: Any) -> Any:
        if self.fields is None:
            return weights
        shape = (*weights.shape[:-1], -1, self.kernel.shape[0])
        return ops.reshape(
            self.in_order(ops.reshape(weights, shape), len(shape) - 1), weights.shape
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "reduction_ratio": self.reduction_ratio,
            "gate_shape": self.gate_shape,
        }
