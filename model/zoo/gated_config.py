"""What the configurations of the dynamic interaction networks share."""

from dataclasses import dataclass

from model.zoo.config import require_ratio
from model.zoo.interaction_config import InteractionConfig


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
        require_ratio("reduction_ratio", self.reduction_ratio)
