"""What the configurations of the networks with embeddings of one size, and of the deep ones, share."""

from dataclasses import dataclass
from typing import Any

from model.zoo.config import NetworkConfig, require, require_size, require_sizes


@dataclass(frozen=True)
class EmbeddingConfig(NetworkConfig):
    """Size of a network over embeddings.

    Args:
        dim: embedding size ``D``.
    """

    dim: int = 16

    def __post_init__(self) -> None:
        """Check the size."""
        require_size("dim", self.dim)

    @property
    def row_width(self) -> int:
        """``D``."""
        return self.dim


@dataclass(frozen=True)
class DeepConfig(EmbeddingConfig):
    """Size of a network with a deep part.

    Args:
        hidden_units: of the deep part's layers; an empty list leaves it out.
        dropout: share of these units that are left out of a training step.
    """

    hidden_units: tuple[int, ...] = (400, 400)
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_sizes("hidden_units", self.hidden_units)
        require(0 <= self.dropout < 1, "dropout", "must be from 0 to below 1", self.dropout)


@dataclass(frozen=True)
class TowerConfig(DeepConfig):
    """Size of a network whose deep part is a ``Tower``.

    Args:
        batch_norm: whether its layers have batch normalisation before the ReLU.
    """

    batch_norm: bool = False

    @property
    def tower(self) -> dict[str, Any]:
        """The arguments of the ``Tower``."""
        return {
            "units": self.hidden_units,
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
        }
