"""What the configurations of the dynamic interaction networks share."""

from dataclasses import dataclass

from model.zoo.config import require
from model.zoo.interaction_config import InteractionConfig

LEAST_RATIO = 0.001


@dataclass(frozen=True)
class GatedConfig(InteractionConfig):
    """Size of an interaction network with gates.

    Args:
        reduction_ratio: ``r``: a gate has ``ceil(F D / r)`` hidden units.
    """

    reduction_ratio: float = 4.0

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        ratio = self.reduction_ratio
        require(ratio > 0, "reduction_ratio", "must be positive", ratio)
        require(ratio >= LEAST_RATIO, "reduction_ratio", f"must be at least {LEAST_RATIO}", ratio)
