"""What the configurations of the networks with a first-order part and a deep one share."""

from dataclasses import dataclass

from model.zoo.deep_config import TowerConfig


@dataclass(frozen=True)
class FirstOrderConfig(TowerConfig):
    """Size of a network with a first-order part and a deep one."""

    @property
    def row_width(self) -> int:
        """One weight, and ``D``."""
        return 1 + self.dim
