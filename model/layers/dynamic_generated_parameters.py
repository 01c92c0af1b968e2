"""The interaction layer of DynInt-DGP."""

from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.first_products import FirstProducts
from model.layers.initializers import one_each
from model.layers.instance_gate import InstanceGate
from model.layers.row_mixer import RowMixer
from model.layers.rows import mix_rows, transposed
from model.losses import cosine_penalty


class DynamicGeneratedParameters(RowMixer):
    """Interact by a matrix generated for each instance, of rank K, that is never built.

        X_l = X_{l-1} * (U S_i V^T X_0) + X_{l-1}          DynInt (DLP-KDD 2022), eq. 5, 7, 8
        S_i = diag(gate(X_0))

    ``V^T`` is applied first, then the K scales, then ``U``: the dynamic part is ``batch x K``
    numbers. In training, ``orthogonality`` times the penalty of eq. 11 on the columns of ``U`` and
    of ``V`` is added.

    Args:
        kernel_size: ``K``.
        reduction_ratio: ``r`` of the gate.
        gate_bias: what the K scales start around. At 1 a layer starts as the static ``U V^T``,
            whose entries have about the spread of a Glorot kernel; at 0 it starts as nearly the
            identity.
        orthogonality: weight of the penalty.
        kernel_initializer: of ``U`` and ``V``, ``(rows, K)``, and of the gate's kernels.
        rows_last: whether the maps come and go as ``(batch, width, rows)``.

    Call arguments, Returns, Raises:
        As ``RowMixer``, with ``embeddings``; and ``InvalidInputError`` if ``kernel_size`` is not
        positive or ``orthogonality`` is negative.
    """

    def __init__(
        self,
        kernel_size: int = 64,
        reduction_ratio: float = 4,
        gate_bias: float = 1.0,
        orthogonality: float = 0.0,
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if kernel_size < 1:
            raise InvalidInputError(f"kernel_size: must be at least 1; received {kernel_size}")
        if not orthogonality >= 0:
            raise InvalidInputError(
                f"orthogonality: must not be negative; received {orthogonality}"
            )
        self.kernel_size = kernel_size
        self.reduction_ratio = reduction_ratio
        self.gate_bias = gate_bias
        self.orthogonality = orthogonality
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build_factor(self, rows: int, width: int, embeddings_shape: Any) -> None:
        """Create ``U``, ``V`` and the gate."""
        shape = (rows, self.kernel_size)
        of_u, of_v, of_gate = one_each(self.kernel_initializer, 3)
        self.U = self.add_weight(shape=shape, initializer=of_u, name="U")
        self.V = self.add_weight(shape=shape, initializer=of_v, name="V")
        self.gate = InstanceGate(
            self.kernel_size,
            self.reduction_ratio,
            kernel_initializer=of_gate,
            bias_initializer=keras.initializers.Constant(self.gate_bias),
            dtype=self.dtype_policy,
            name="gate",
        )
        self.gate.build(embeddings_shape)

    def factor(self, x0: Any, embeddings: Any, first: FirstProducts, training: bool) -> Any:
        """Return ``U S_i V^T X_0 + 1``."""
        if training and self.orthogonality > 0:
            columns = ops.transpose(self.U), ops.transpose(self.V)
            self.add_loss(self.orthogonality * sum(map(cosine_penalty, columns)))
        projected = (
            mix_rows(x0, self.in_order(self.V, 0)) if first.projected is None else first.projected
        )
        scales = ops.reshape(self.gate(embeddings, first.hidden), (-1, 1, self.kernel_size))
        return mix_rows(projected * scales, transposed(self.in_order(self.U, 0)), 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "kernel_size": self.kernel_size,
            "reduction_ratio": self.reduction_ratio,
            "gate_bias": self.gate_bias,
            "orthogonality": self.orthogonality,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
