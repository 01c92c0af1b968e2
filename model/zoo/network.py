"""What every network of the zoo is."""

from itertools import count
from typing import Any

import keras

from model.zoo.config import NetworkConfig


class Network(keras.Model):
    """A network from embedding rows to logits.

    Call arguments:
        embeddings: ``(batch, fields, row_width)``.
        training: whether to add penalties to ``losses``: ``lambda`` times their mean over the
            instances.

    Returns:
        Logits, ``(batch,)``.

    Args:
        name: its name in the zoo.
        fields: number of fields.
        config: its checked configuration.
        dtype: of the weights and of the arithmetic.
    """

    def __init__(self, name: str, fields: int, config: NetworkConfig, dtype: str) -> None:
        super().__init__(name=name, dtype=dtype)
        self.fields = fields
        self._network_config = config

    @property
    def name_in_zoo(self) -> str:
        """The name under which the zoo builds it."""
        return str(self.name)

    @property
    def config(self) -> dict[str, Any]:
        """Its whole configuration, defaults included, as a JSON object."""
        return self._network_config.to_dict()

    @property
    def row_width(self) -> int:
        """Width of the embedding rows it takes."""
        return self._network_config.row_width

    @property
    def named_variables(self) -> dict[str, Any]:
        """The dense variables by their path inside the network, in a fixed order."""
        states = count()
        return {
            # Keras counts the random states of all dropouts of a process.
            f"dropout_{next(states)}/state"
            if variable.name == "seed_generator_state"
            else variable.path.removeprefix(f"{self.name}/"): variable
            for variable in self.variables
        }
