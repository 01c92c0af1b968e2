"""The answer to a query."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from service.tiers.embedded import Embedded

if TYPE_CHECKING:
    from service.release import Release


@dataclass(frozen=True, slots=True)
class Prediction:
    """Probabilities, and what they were made with.

    Attributes:
        model: name of the model.
        version: the release that every part of the answer comes from.
        probabilities: one per row, in the request's order, ``(rows,)``, finite and in [0, 1].
        embedded: how the embedding rows were come by.
        ignored_fields: unknown fields that were ignored.
        held: what the answer was made from. Thousands of small objects take a while to be freed;
            kept here, they are freed after the answer was sent.
        release: what answered, for measurements after the answer.
    """

    model: str
    version: str
    probabilities: NDArray[np.float32]
    embedded: Embedded
    ignored_fields: int = 0
    held: object = None
    release: "Release | None" = None

    @property
    def degraded(self) -> bool:
        """Tell whether a tier failed on the way."""
        return bool(self.embedded.degraded)
