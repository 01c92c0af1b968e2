"""Requests of the benchmark: 13 candidate and 26 context fields, Zipf-distributed levels."""

from typing import Any

import numpy as np
import orjson

CANDIDATE = tuple(f"I{place}" for place in range(1, 14))
CONTEXT = tuple(f"C{place}" for place in range(1, 27))
LEVELS = 2_500
"""Of each categorical field."""

_EXPONENT = 1.05


def level(field: str, rank: int) -> str:
    """Name a categorical level: eight hexadecimal digits, as in Criteo's log."""
    return f"{(rank * 2654435761 + sum(map(ord, field)) * 40503) % 2**32:08x}"


class Traffic:
    """Draws requests.

    Args:
        seed: of the draw.
        exponent: of Zipf's law over each categorical field's levels.
        levels: of each categorical field.
    """

    def __init__(self, seed: int = 0, exponent: float = _EXPONENT, levels: int = LEVELS) -> None:
        self._random = np.random.default_rng(seed)
        self._cumulated = np.cumsum(np.arange(1, levels + 1, dtype=np.float64) ** -exponent)

    def context(self) -> dict[str, Any]:
        """Draw the context of one request."""
        ranks = self._ranks(len(CONTEXT))
        return {name: level(name, rank) for name, rank in zip(CONTEXT, ranks, strict=True)}

    def candidate(self) -> dict[str, Any]:
        """Draw one candidate: counts, as Criteo's integers are."""
        values = self._random.geometric(0.02, len(CANDIDATE)).tolist()
        return dict(zip(CANDIDATE, values, strict=True))

    def both(self, rows: int) -> dict[str, bytes]:
        """Write one request in both forms: the same rows, merged and apart."""
        context = self.context()
        candidates = [self.candidate() for _ in range(rows)]
        merged = [{**candidate, **context} for candidate in candidates]
        names = (*CANDIDATE, *CONTEXT)
        return {
            "columns": orjson.dumps({"columns": {k: [row[k] for row in merged] for k in names}}),
            "instances": orjson.dumps({"instances": merged}),
            "ranking": orjson.dumps({"context": context, "candidates": candidates}),
        }

    def _ranks(self, count: int) -> list[int]:
        draws = self._random.random(count) * self._cumulated[-1]
        return np.searchsorted(self._cumulated, draws).tolist()
