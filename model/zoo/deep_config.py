"""What the configurations of the networks with embeddings of one size, and of the deep ones, share."""

from dataclasses import dataclass

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
