"""xDeepInt and the DynInt networks: crossing, interactions, output."""

from typing import Any

import keras

from model.layers import OutputLayer, SubspaceCrossing, first_products
from model.zoo.interaction_config import InteractionConfig
from model.zoo.network import Network


class InteractionNetwork(Network):
    """Cross the embeddings, interact L times, combine the rows.

        X_l = X_{l-1} * (mix_l(X_0) + 1)                    DynInt (DLP-KDD 2022), eq. 1 to 6
        logit = sum_c (sum_n w_n X_L[n, c] + b)

    Inside, the maps are stored with their rows last, so that nothing is transposed after the
    crossing.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform).
    """

    def __init__(
        self, name: str, fields: int, config: InteractionConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        generator = keras.random.SeedGenerator(seed)
        common: dict[str, Any] = {
            "kernel_initializer": keras.initializers.GlorotUniform(seed=generator),
            "rows_last": True,
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

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        _, fields, dim = embeddings_shape
        h = self.crossing.subspaces
        shape = (None, dim // h, h * fields)
        for interaction in self.interactions:
            interaction.build(shape, shape, embeddings_shape)
        self.output_layer.build(shape)
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        x0 = self.crossing(embeddings)
        x = x0
        first = first_products(self.interactions, x0, embeddings)
        for interaction, products in zip(self.interactions, first, strict=True):
            x = interaction(x, x0, embeddings, products, training=training)
        return self.output_layer(x)
