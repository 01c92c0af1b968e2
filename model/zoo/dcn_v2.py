"""DCN V2: the Deep & Cross Network with matrices."""

from dataclasses import dataclass
from typing import Any

import keras

from model.layers import CrossNetworkMix, CrossNetworkV2
from model.layers.cross_network_mix import ACTIVATIONS
from model.zoo.config import require, require_size
from model.zoo.dcn import DCN, DCNConfig

STRUCTURES = ("parallel", "stacked")
"""Where the deep part is."""


@dataclass(frozen=True)
class DCNV2Config(DCNConfig):
    """Size and form of DCN V2.

    Args:
        structure: the deep part ``"parallel"`` to the cross network, or ``"stacked"`` on it.
        rank: of the cross layers' matrices; at 0 they are full, and there are no experts.
        experts: number of experts of a cross layer of low rank.
        activation: of its projections: ``"tanh"``, ``"relu"``, or ``"linear"``, which leaves out
            the projection inside the subspace.
    """

    structure: str = "parallel"
    rank: int = 0
    experts: int = 4
    activation: str = "tanh"

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require(
            self.structure in STRUCTURES,
            "structure",
            f"must be one of {STRUCTURES}",
            self.structure,
        )
        require_size("rank", self.rank, least=0)
        require_size("experts", self.experts)
        require(
            self.activation in ACTIVATIONS,
            "activation",
            f"must be one of {ACTIVATIONS}",
            self.activation,
        )

    def cross(self, **common: Any) -> keras.layers.Layer:
        """Make the cross network."""
        if not self.rank:
            return CrossNetworkV2(self.layers, **common)
        return CrossNetworkMix(self.layers, self.rank, self.experts, self.activation, **common)


class DCNV2(DCN):
    """A cross network with matrices and a deep one (Wang et al., WWW 2021).

        parallel:  logit = w . [cross(flat(X_0)), tower(flat(X_0))] + b
        stacked:   logit = w . tower(cross(flat(X_0))) + b

    Args:
        name, fields, config, dtype, seed: as ``DCN``.
    """

    def __init__(self, name: str, fields: int, config: DCNV2Config, dtype: str, seed: int) -> None:
        super().__init__(name, fields, config, dtype, seed)
        self.stacked = config.structure == "stacked"

    def combined(self, inputs: int) -> int:
        """Return how many inputs the last unit has."""
        if self.stacked:
            return self.tower.units[-1] if self.tower.units else inputs
        return super().combined(inputs)

    def combine(self, flat: Any, training: bool) -> Any:
        """Return what the last unit takes."""
        if self.stacked:
            return self.tower(self.cross(flat), training=training)
        return super().combine(flat, training)
