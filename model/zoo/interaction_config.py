"""What the configurations of the interaction networks share."""

from dataclasses import dataclass
from typing import Any

from model.layers import RowMixer
from model.zoo.config import NetworkConfig, require


@dataclass(frozen=True)
class InteractionConfig(NetworkConfig):
    """Size of an interaction network.

    Args:
        dim: embedding size ``D``.
        subspaces: ``h``, which divides ``dim``.
        layers: number ``L`` of interaction layers; with none the network is linear.
    """

    dim: int = 16
    subspaces: int = 16
    layers: int = 3

    def __post_init__(self) -> None:
        """Check the sizes."""
        require(self.dim >= 1, "dim", "must be at least 1", self.dim)
        require(self.subspaces >= 1, "subspaces", "must be at least 1", self.subspaces)
        require(
            self.dim % self.subspaces == 0,
            "subspaces",
            f"must divide dim ({self.dim})",
            self.subspaces,
        )
        require(self.layers >= 0, "layers", "must not be negative", self.layers)

    @property
    def row_width(self) -> int:
        """``D``."""
        return self.dim

    def interaction(self, **common: Any) -> RowMixer:
        """Make one interaction layer; ``common`` are the arguments that all kinds take."""
        raise NotImplementedError
