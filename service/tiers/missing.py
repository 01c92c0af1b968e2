"""The distinct values of a request that L1 does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Missing:
    """Values to be fetched, each once per field.

    Attributes:
        fields: index of each value's field.
        values: the raw values.
        places: for each missing place of the request, in the order field by field and row by row,
            the place of its value in ``values``.
        fingerprints: the values' levels, ``(values,)``.
    """

    fields: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    fingerprints: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))

    def add(self, field: int, wanted: Sequence[Any]) -> list[Any]:
        """Add a field's missing values, repeated or not, and return the distinct ones."""
        start = len(self.values)
        place_of = {value: start + place for place, value in enumerate(dict.fromkeys(wanted))}
        distinct = list(place_of)
        self.fields += [field] * len(distinct)
        self.values += distinct
        self.places += map(place_of.__getitem__, wanted)
        return distinct
