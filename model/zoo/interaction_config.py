"""What the configurations of the interaction networks share."""

from dataclasses import dataclass
from typing import Any

from model.layers import FUSIONS, RowMixer
from model.zoo.config import MOST_LAYERS, require, require_size
from model.zoo.deep_config import TowerConfig


@dataclass(frozen=True)
class InteractionConfig(TowerConfig):
    """Size of an interaction network.

    Args:
        dim: embedding size ``D``.
        hidden_units: of the layers of a deep part beside the interactions; as in the paper there
            is none.
        subspaces: ``h``, which divides ``dim``.
        layers: number ``L`` of interaction layers; with none the network is linear.
        fusion: how the deep part joins: by ``"sum"``, ``"gate"`` or ``"bilinear"``.
    """

    hidden_units: tuple[int, ...] = ()
    subspaces: int = 16
    layers: int = 3
    fusion: str = "sum"

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_size("subspaces", self.subspaces)
        require(
            self.dim % self.subspaces == 0,
            "subspaces",
            f"must divide dim ({self.dim})",
            self.subspaces,
        )
        require_size("layers", self.layers, least=0, most=MOST_LAYERS)
        require(self.fusion in FUSIONS, "fusion", f"must be one of {FUSIONS}", self.fusion)
        if not self.hidden_units:
            rule = "goes with hidden_units, which are absent"
            require(self.fusion == FUSIONS[0], "fusion", rule, self.fusion)
            require(not self.batch_norm, "batch_norm", rule, self.batch_norm)
            require(not self.dropout, "dropout", rule, self.dropout)

    def interaction(self, **common: Any) -> RowMixer:
        """Make one interaction layer; ``common`` are the arguments that all kinds take."""
        raise NotImplementedError
