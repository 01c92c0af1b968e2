"""The interaction layer of DynInt-DWP."""

from typing import Any

from keras import ops

from model.errors import InvalidInputError
from model.layers.instance_gate import InstanceGate
from model.layers.polynomial_interaction import PolynomialInteraction
from model.layers.rows import mix_rows
from model.losses import cosine_penalty

OFFSET_POWERS = {"1/sqrt(K)": -0.5, "1/K": -1.0}
"""What the weighting vectors start around, by name, as a power of K."""


class DynamicWeightedParameters(PolynomialInteraction):
    """Interact by a kernel weighted for each instance by a matrix of rank K that is never built.

        X_l = X_{l-1} * (sum_p u_p * (W (v_p * X_0))) + X_{l-1}  DynInt (DLP-KDD 2022), eq. 6, 9, 10

    ``u_p, v_p`` are the gate's outputs, laid out ``(2, K, rows)``, plus ``offset``. The K weighted
    copies of ``X_0`` are stacked, so that ``W`` is applied once. The weighting matrix has entries
    ``sum_p u_p v_p``: the offset ``1/sqrt(K)`` starts them around 1, which the paper wants; the
    ``1/K`` that it prints starts them around ``1/K``. In training, ``orthogonality`` times the
    penalty of eq. 12, in the mean over instances, is added.

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

    def build_mix(self, rows: int, width: int, embeddings_shape: Any) -> None:
        """Create ``W`` and the gate."""
        super().build_mix(rows, width, embeddings_shape)
        self.gate = InstanceGate(
            2 * self.latent_rank * rows,
            self.reduction_ratio,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="gate",
        )
        self.gate.build(embeddings_shape)

    def mix(self, x0: Any, embeddings: Any, training: bool) -> Any:
        """Return ``sum_p u_p * (W (v_p * X_0))``."""
        weights = self.gate(embeddings) + self.offset
        weights = ops.reshape(weights, (-1, 2, self.latent_rank, x0.shape[-1]))
        u, v = weights[:, 0], weights[:, 1]  # (batch, K, rows)
        if training and self.orthogonality > 0:
            penalty = ops.mean(cosine_penalty(u) + cosine_penalty(v))
            self.add_loss(self.orthogonality * penalty)
        weighted = v[:, :, None, :] * x0[:, None, :, :]  # (batch, K, width, rows)
        mixed = mix_rows(weighted, ops.transpose(self.kernel))
        return ops.sum(u[:, :, None, :] * mixed, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "latent_rank": self.latent_rank,
            "reduction_ratio": self.reduction_ratio,
            "offset": self.offset_rule,
            "orthogonality": self.orthogonality,
        }
