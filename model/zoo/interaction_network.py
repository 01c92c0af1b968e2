"""xDeepInt and the DynInt networks: crossing, interactions, output; a deep part beside them."""

from typing import Any

import keras
from keras import ops

from model.layers import (
    FirstProducts,
    Fusion,
    OutputLayer,
    SubspaceCrossing,
    Tower,
    first_products,
)
from model.zoo.interaction_config import InteractionConfig
from model.zoo.network import Network


class InteractionNetwork(Network):
    """Cross the embeddings, interact L times, combine the rows.

        X_l = X_{l-1} * (mix_l(X_0) + 1)                    DynInt (DLP-KDD 2022), eq. 1 to 6
        logit = sum_c (sum_n w_n X_L[n, c] + b)
        logit = fusion(logit, tower(flat(embeddings)), X_L)    with hidden_units

    Inside, the maps are stored with their rows last, so that nothing is transposed after the
    crossing. With one column in each sub-space the crossing only renumbers rows: then the maps keep
    the embeddings' own order, and the layers reorder their weights instead.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(
        self, name: str, fields: int, config: InteractionConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        generator = keras.random.SeedGenerator(seed)
        common: dict[str, Any] = {
            "kernel_initializer": keras.initializers.GlorotUniform(seed=generator),
            "rows_last": True,
            "fields": fields if config.dim == config.subspaces else None,
            "dtype": dtype,
        }
        self.crossing = SubspaceCrossing(
            config.subspaces, rows_last=True, dtype=dtype, name="crossing"
        )
        self.interactions = [
            config.interaction(name=f"interaction_{index}", **common)
            for index in range(config.layers)
        ]
        self.output_layer = OutputLayer(name="output", **common)
        self.tower = self.fusion = None
        if config.hidden_units:
            self.tower = Tower(
                **config.tower,
                kernel_initializer=common["kernel_initializer"],
                seed=seed,
                dtype=dtype,
                name="tower",
            )
            self.fusion = Fusion(config.fusion, name="fusion", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        _, fields, dim = embeddings_shape
        h = self.crossing.subspaces
        shape = (None, dim // h, h * fields)
        for interaction in self.interactions:
            interaction.build(shape, shape, embeddings_shape)
        self.output_layer.build(shape)
        if self.tower is not None and self.fusion is not None:
            self.tower.build((None, fields * dim))
            self.fusion.build(self.tower.units[-1], shape)
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        x = x0 = self.first_map(embeddings)
        # In training a batch comes in shards, for which a product per layer is faster: no copies.
        layers = self.interactions
        first = (
            [FirstProducts()] * len(layers) if training else first_products(layers, x0, embeddings)
        )
        for interaction, products in zip(layers, first, strict=True):
            x = interaction(x, x0, embeddings, products, training=training)
        logit = self.output_layer(x)
        if self.tower is None or self.fusion is None:
            return logit
        flat = ops.reshape(embeddings, (-1, embeddings.shape[1] * embeddings.shape[2]))
        return self.fusion(logit, self.tower(flat, training=training), x)

    def first_map(self, embeddings: Any) -> Any:
        """Return ``X_0`` as the layers take it: ``(batch, width, rows)``."""
        if self.output_layer.fields is None:
            return self.crossing(embeddings)
        return ops.reshape(embeddings, (-1, 1, embeddings.shape[1] * embeddings.shape[2]))
