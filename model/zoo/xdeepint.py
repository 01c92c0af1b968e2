"""xDeepInt: static polynomial interactions."""

from dataclasses import dataclass
from typing import Any

from model.layers import PolynomialInteraction
from model.zoo.interaction_config import InteractionConfig


@dataclass(frozen=True)
class XDeepIntConfig(InteractionConfig):
    """xDeepInt (Yan and Li, 2020), the static base of DynInt: eq. 3 of the DynInt paper."""

    def interaction(self, **common: Any) -> PolynomialInteraction:
        """Make one interaction layer."""
        return PolynomialInteraction(**common)
