"""Requests of 100 rows over the big table's levels."""

from collections.abc import Iterator

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.big_table.levels import CANDIDATE, CONTEXT, NAMES, level_names, levels_of

FORMS = ("ranking", "instances")


class Traffic:
    """Draws requests; each field's levels by Zipf's law, independently.

    Args:
        rows: levels of the table, over all fields.
        exponent: of Zipf's law.
        seed: of the draw.
    """

    def __init__(self, rows: int, exponent: float, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._levels = [levels_of(place, rows) for place in range(len(NAMES))]
        ranks = np.arange(1, max(self._levels) + 1, dtype=np.float64)
        self._cumulated = np.cumsum(ranks**-exponent)

    def body(self, form: str, rows: int) -> bytes:
        """Draw a request: candidates in one context, or instances that share nothing."""
        if form == "instances":
            return orjson.dumps({"instances": self._rows(0, NAMES, rows)})
        context = self._rows(0, CONTEXT, 1)[0]
        candidates = self._rows(len(CONTEXT), CANDIDATE, rows)
        return orjson.dumps({"context": context, "candidates": candidates})

    def bodies(self, rows: int) -> Iterator[tuple[str, bytes]]:
        """Draw requests for ever, of both forms in turns."""
        while True:
            for form in FORMS:
                yield form, self.body(form, rows)

    def _rows(self, first: int, names: tuple[str, ...], count: int) -> list[dict[str, str]]:
        columns = [
            level_names(first + place, self._ranks(first + place, count))
            for place in range(len(names))
        ]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def _ranks(self, place: int, count: int) -> NDArray[np.intp]:
        most = self._cumulated[self._levels[place] - 1]
        return np.searchsorted(self._cumulated, self._random.random(count) * most)
