"""DynInt-DWP: dynamic weighted parameters."""

from dataclasses import dataclass
from typing import Any

from model.layers import DynamicWeightedParameters
from model.zoo.config import require, require_size
from model.zoo.gated_config import GatedConfig


@dataclass(frozen=True)
class DynIntDWPConfig(GatedConfig):
    """DynInt-DWP (DLP-KDD 2022), eq. 6, 9, 10 and 12.

    Args:
        latent_rank: ``K``.
        offset: ``"1/sqrt(K)"``, or the paper's literal ``"1/K"``.
        orthogonality: ``lambda`` of the penalty.
    """

    latent_rank: int = 2
    offset: str = "1/sqrt(K)"
    orthogonality: float = 0.0

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_size("latent_rank", self.latent_rank)
        require(
            self.orthogonality >= 0, "orthogonality", "must not be negative", self.orthogonality
        )

    def interaction(self, **common: Any) -> DynamicWeightedParameters:
        """Make one interaction layer."""
        return DynamicWeightedParameters(
            self.latent_rank, self.reduction_ratio, self.offset, self.orthogonality, **common
        )
