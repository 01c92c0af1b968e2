"""DynInt-DGP: dynamic generated parameters."""

from dataclasses import dataclass
from typing import Any

from model.layers import DynamicGeneratedParameters
from model.zoo.config import require, require_size
from model.zoo.gated_config import GatedConfig


@dataclass(frozen=True)
class DynIntDGPConfig(GatedConfig):
    """DynInt-DGP (DLP-KDD 2022), eq. 5, 7, 8 and 11.

    Args:
        kernel_size: ``K``.
        gate_bias: what the K scales start around.
        orthogonality: ``lambda`` of the penalty.
    """

    kernel_size: int = 64
    gate_bias: float = 1.0
    orthogonality: float = 0.0

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_size("kernel_size", self.kernel_size)
        require(
            self.orthogonality >= 0, "orthogonality", "must not be negative", self.orthogonality
        )

    def interaction(self, **common: Any) -> DynamicGeneratedParameters:
        """Make one interaction layer."""
        return DynamicGeneratedParameters(
            self.kernel_size, self.reduction_ratio, self.gate_bias, self.orthogonality, **common
        )
