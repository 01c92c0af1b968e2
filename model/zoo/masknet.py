"""MaskNet: instance-guided masks."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import EmbeddingNormalization, MaskBlock, Tower
from model.zoo.config import MOST_LAYERS, require, require_ratio, require_size
from model.zoo.deep_config import TowerConfig
from model.zoo.network import Network

STRUCTURES = ("parallel", "serial")
MOST_RATIO = 1_000


@dataclass(frozen=True)
class MaskNetConfig(TowerConfig):
    """Size of a MaskNet (DLP-KDD 2021).

    Args:
        structure: whether the blocks work side by side on the embeddings, ``"parallel"``, or each
            on the one before, ``"serial"``; the paper's serial network has no ``hidden_units``.
        blocks: number of blocks.
        block_units: size of a block's output.
        reduction_ratio: ``r``: a mask's aggregation layer has ``r`` times the mask's units.
    """

    structure: str = "parallel"
    blocks: int = 3
    block_units: int = 200
    reduction_ratio: float = 2.0

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require(
            self.structure in STRUCTURES,
            "structure",
            f"must be one of {STRUCTURES}",
            self.structure,
        )
        require_size("blocks", self.blocks, most=MOST_LAYERS)
        require_size("block_units", self.block_units)
        require_ratio("reduction_ratio", self.reduction_ratio)
        ratio = self.reduction_ratio
        require(ratio <= MOST_RATIO, "reduction_ratio", f"must be at most {MOST_RATIO}", ratio)


class MaskNet(Network):
    """Blocks that are masked by what the instance's embeddings say (DLP-KDD 2021).

        parallel: V = concat(block_1(LN_EMB(X_0)), .., block_u(LN_EMB(X_0)))         eq. 15
        serial:   V = block_u(.. block_1(LN_EMB(X_0)))
        logit = w . tower(V) + w_0                                                   eq. 16 and 17

    All masks are made from the embeddings as they are, and parallel blocks share the normalised
    ones. Dropout, which the paper does not have, is the tower's.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(
        self, name: str, fields: int, config: MaskNetConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.parallel = config.structure == "parallel"
        self.normalization = EmbeddingNormalization(dtype=dtype, name="normalization")
        self.blocks = [
            MaskBlock(config.block_units, config.reduction_ratio, name=f"block_{place}", **common)
            for place in range(config.blocks)
        ]
        self.tower = Tower(**config.tower, seed=seed, name="tower", **common)
        self.head = keras.layers.Dense(1, name="head", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        flat_shape = (None, embeddings_shape[1] * embeddings_shape[2])
        self.normalization.build(embeddings_shape)
        shape = flat_shape
        for block in self.blocks:
            block.build(shape, flat_shape)
            shape = flat_shape if self.parallel else (None, block.units)
        width = sum(block.units for block in (self.blocks if self.parallel else self.blocks[-1:]))
        self.tower.build((None, width))
        self.head.build((None, self.tower.units[-1] if self.tower.units else width))
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        flat = ops.reshape(embeddings, (-1, embeddings.shape[1] * embeddings.shape[2]))
        x = ops.reshape(self.normalization(embeddings), (-1, flat.shape[1]))
        if self.parallel:
            x = ops.concatenate([block(x, flat) for block in self.blocks], axis=1)
        else:
            for block in self.blocks:
                x = block(x, flat)
        return ops.squeeze(self.head(self.tower(x, training=training)), 1)
