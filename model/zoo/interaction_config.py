"""What the configurations of the interaction networks share."""

from dataclasses import dataclass
from typing import Any

from model.layers import RowMixer
from model.zoo.config import MOST_LAYERS, NetworkConfig, require, require_size


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
        require_size("dim", self.dim)
        require_size("subspaces", self.subspaces)
        require(
            self.dim % self.subspaces == 0,
            "subspaces",
            f"must divide dim ({self.dim})",
            self.subspaces,
        )
        require_size("layers", self.layers, least=0, most=MOST_LAYERS)

    @property
    def row_width(self) -> int:
        """``D``."""
        return self.dim

    def interaction(self, **common: Any) -> RowMixer:
        """Make one interaction layer; ``common`` are the arguments that all kinds take."""
        raise NotImplementedError
