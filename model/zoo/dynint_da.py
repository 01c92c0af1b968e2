"""DynInt-DA: dynamic activation."""

from dataclasses import dataclass
from typing import Any

from model.layers import DynamicActivation
from model.zoo.gated_config import GatedConfig


@dataclass(frozen=True)
class DynIntDAConfig(GatedConfig):
    """DynInt-DA (DLP-KDD 2022), eq. 4.

    Args:
        gate_shape: one gate per ``"row"`` of the crossed map, or per ``"element"``.
    """

    gate_shape: str = "row"

    def interaction(self, **common: Any) -> DynamicActivation:
        """Make one interaction layer."""
        return DynamicActivation(self.reduction_ratio, self.gate_shape, **common)
