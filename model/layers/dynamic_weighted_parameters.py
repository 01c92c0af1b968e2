"""The interaction layer of DynInt-DWP."""

from typing import Any

from keras import ops

from model.errors import InvalidInputError
from model.layers.first_products import FirstProducts
from model.layers.instance_gate import InstanceGate
from model.layers.polynomial_interaction import PolynomialInteraction
from model.layers.rows import mix_rows
from model.losses import cosine_penalty

OFFSET_POWERS = {"1/sqrt(K)": -0.5, "1/K": -1.0}
"""What the weighting vectors start around, by name, as a power of K."""


class DynamicWeightedParameters(PolynomialInteraction):
    """Interact by a kernel weighted for each instance by a matrix of rank K that is never built.

        X_l = X_{l-1} * (sum_p u_p * (W (v_p * X_0))) + X_{l-1}  DynInt (DLP-KDD 2022), eq. 6, 9, 10

    ``u_p, v_p`` are the gate's outputs, laid out ``(2, K, rows)``, plus ``offset``. The weighting
    matrix has entries ``sum_p u_p v_p``: the offset ``1/sqrt(K)`` starts them around 1, which the
    paper wants; the ``1/K`` that it prints starts them around ``1/K``. In training,
    ``orthogonality`` times the penalty of eq. 12, in the mean over instances, is added.

    Args:
        latent_rank: ``K``.
        reduction_ratio: ``r`` of the gate.
        offset: ``"1/sqrt(K)"`` or ``"1/K"``; the attribute holds the number.
        orthogonality: weight of the penalty.
        kernel_initializer: of ``W``, ``(rows, rows)``, and of the gate's kernels.
        rows_last: whether the maps come and go as ``(batch, width, rows)``.

    Call arguments, Returns, Raises:
        As ``RowMixer``, with ``embeddings``; and ``InvalidInputError`` for an unknown ``offset``, a
        rank that is not positive or a negative ``orthogonality``.
    """

    def __init__(
        self,
        latent_rank: int = 2,
        reduction_ratio: float = 4,
        offset: str = "1/sqrt(K)",
        orthogonality: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if latent_rank < 1:
            raise InvalidInputError(f"latent_rank: must be at least 1; received {latent_rank}")
        if offset not in OFFSET_POWERS:
            raise InvalidInputError(
                f"offset: must be one of {tuple(OFFSET_POWERS)}; received {offset!r}"
            )
        if not orthogonality >= 0:
            raise InvalidInputError(
                f"orthogonality: must not be negative; received {orthogonality}"
            )
        self.latent_rank = latent_rank
        self.reduction_ratio = reduction_ratio
        self.offset_rule = offset
        self.offset = float(latent_rank ** OFFSET_POWERS[offset])
        self.orthogonality = orthogonality

    def build_factor(self, rows: int, width: int, embeddings_shape: Any) -> None:
        """Create ``W`` and the gate."""
        super().build_factor(rows, width, embeddings_shape)
        self.gate = InstanceGate(
            2 * self.latent_rank * rows,
            self.reduction_ratio,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="gate",
        )
        self.gate.build(embeddings_shape)

    def factor(self, x0: Any, embeddings: Any, first: FirstProducts, training: bool) -> Any:
        """Return ``sum_p u_p * (W (v_p * X_0)) + 1``."""
        K = self.latent_rank
        parts = self.gate.parts(embeddings, 2 * K, self.offset, first.hidden, self._row_order)
        u, v = parts[:K], parts[K:]  # K times (batch, rows)
        if training and self.orthogonality > 0 and K > 1:
            penalty = cosine_penalty(ops.stack(u, 1)) + cosine_penalty(ops.stack(v, 1))
            self.add_loss(self.orthogonality * ops.mean(penalty))
        kernel = self.mixing_kernel()
        factor = 1.0
        for u_p, v_p in zip(u, v, strict=True):
            mixed = mix_rows(v_p[:, None, :] * x0, kernel)
            factor = factor + u_p[:, None, :] * mixed
        return factor

    def _row_order(self, weights: Any) -> Any:
        return self.in_order(weights, len(weights.shape) - 1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "latent_rank": self.latent_rank,
            "reduction_ratio": self.reduction_ratio,
            "offset": self.offset_rule,
            "orthogonality": self.orthogonality,
        }
