"""Logistic regression: the baseline of baselines."""

from dataclasses import dataclass
from typing import Any

from keras import ops

from model.zoo.config import NetworkConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class LogisticRegressionConfig(NetworkConfig):
    """Logistic regression has nothing to configure."""

    @property
    def row_width(self) -> int:
        """One weight per level."""
        return 1


class LogisticRegression(Network):
    """Add up one weight per level and a bias.

        logit = sum_f w_f + b

    The weights are the embedding rows, of width 1.
    """

    def __init__(
        self, name: str, fields: int, config: LogisticRegressionConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        return ops.sum(embeddings, axis=(1, 2)) + self.bias
