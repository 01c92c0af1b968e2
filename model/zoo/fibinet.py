"""FiBiNET: bilinear interactions of the embeddings as they are and re-weighted."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import BilinearInteraction, SqueezeExcitation, Tower, first_order
from model.layers.bilinear_interaction import KINDS
from model.zoo.config import require, require_ratio
from model.zoo.first_order_config import FirstOrderConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class FiBiNETConfig(FirstOrderConfig):
    """FiBiNET (Huang et al., RecSys 2019); without ``hidden_units`` its shallow form.

    Args:
        reduction_ratio: ``r`` of the squeeze-and-excitation network.
        bilinear: what has a matrix of its own: ``"all"`` fields one, ``"each"`` field, or each
            ``"interaction"``.
    """

    reduction_ratio: float = 3.0
    bilinear: str = "interaction"

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_ratio("reduction_ratio", self.reduction_ratio)
        require(self.bilinear in KINDS, "bilinear", f"must be one of {KINDS}", self.bilinear)


class FiBiNET(Network):
    """Give a tower two sets of interactions (Huang et al., RecSys 2019).

        p = bilinear(v),  q = bilinear(a * v),  a = SENET(v)
        logit = sum_f w_f + w . tower([flat(p), flat(q)]) + b

    Both bilinear interactions have the same matrices, as the paper has symbols for one set of them:
    then ``q_ij`` is ``a_i a_j p_ij``, which needs no more products. Without a tower the
    interactions go straight to the logit.

    Args:
        name, fields, config, dtype: as ``Network``; there must be two fields.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(
        self, name: str, fields: int, config: FiBiNETConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        require(fields >= 2, "fields", "must be at least 2", fields)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.senet = SqueezeExcitation(config.reduction_ratio, name="senet", **common)
        self.bilinear = BilinearInteraction(config.bilinear, name="bilinear", **common)
        self.tower = Tower(**config.tower, seed=seed, name="tower", **common)
        self.head = keras.layers.Dense(1, name="head", **common)

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        logit, vectors = first_order(embeddings)
        p = self.bilinear(vectors)  # (batch, pairs, D)
        weights = ops.expand_dims(self.senet(vectors), 2)
        i, j = self.bilinear.first, self.bilinear.second
        q = p * (ops.take(weights, i, 1) * ops.take(weights, j, 1))
        both = ops.concatenate([p, q], axis=1)
        flat = ops.reshape(both, (-1, both.shape[1] * both.shape[2]))
        return logit + ops.squeeze(self.head(self.tower(flat, training=training)), 1)
