"""PNN: the product-based neural network."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import ProductLayer, Tower
from model.layers.product_layer import PRODUCTS
from model.zoo.config import require
from model.zoo.deep_config import TowerConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class PNNConfig(TowerConfig):
    """Size and form of a product-based network.

    Args:
        products: of the embeddings: ``"inner"``, ``"outer"`` or ``"both"``.
    """

    products: str = "both"

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require(self.products in PRODUCTS, "products", f"must be one of {PRODUCTS}", self.products)


class PNN(Network):
    """Dense layers over the embeddings and their products (Qu et al., ICDM 2016).

        logit = w . tower([z, p]) + b

    The tower's first layer is the paper's ``l_1 = relu(l_z + l_p + b_1)``. Without a deep part the
    last unit takes ``z`` and ``p`` themselves.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(self, name: str, fields: int, config: PNNConfig, dtype: str, seed: int) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.product_layer = ProductLayer(config.products, dtype=dtype, name="products")
        self.tower = Tower(**config.tower, seed=seed, name="tower", **common)
        self.head = keras.layers.Dense(1, name="head", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        signals = self.product_layer.compute_output_shape(embeddings_shape)
        self.tower.build(signals)
        self.head.build((None, self.tower.units[-1]) if self.tower.units else signals)
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        signals = self.product_layer(embeddings)
        return ops.squeeze(self.head(self.tower(signals, training=training)), 1)
