"""The click probability that a generated log is drawn from."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from training.datasets.synthetic.drift import Drift
from training.datasets.synthetic.synthetic_field import STILL, SyntheticField

Levels = Mapping[str, npt.NDArray[np.int32]]

POSITIVE_RATE = 0.25

SHARED = 0.7
"""Share of a level's effect in an interaction that is its first-order effect; the rest is its own."""

FIRST, PAIR, TRIPLE, GATED = 1.0, 0.62, 0.30, 0.60
"""Standard deviation of each part of the logit."""

_NUMERIC = tuple(
    SyntheticField(f"I{place}", levels, exponent, missing, True, 3 if place == 2 else 0)
    for place, levels, exponent, missing in (
        (1, 5_000, 1.6, 0.45), (2, 20_000, 1.2, 0.0), (3, 60_000, 1.4, 0.21),
        (4, 900, 1.3, 0.22), (5, 500_000, 1.2, 0.03), (6, 200_000, 1.3, 0.22),
        (7, 30_000, 1.4, 0.04), (8, 6_000, 1.2, 0.01), (9, 25_000, 1.15, 0.04),
        (10, 10, 1.5, 0.45), (11, 200, 1.5, 0.04), (12, 3_000, 1.8, 0.76), (13, 7_000, 1.3, 0.22),
    )
)  # fmt: skip

_CATEGORICAL = tuple(
    SyntheticField(f"C{place}", levels, exponent, missing)
    for place, levels, exponent, missing in (
        (1, 1_000, 1.3, 0.0), (2, 500, 1.1, 0.0), (3, 200_000, 1.1, 0.03), (4, 100_000, 1.1, 0.03),
        (5, 300, 1.4, 0.0), (6, 20, 1.2, 0.12), (7, 10_000, 1.1, 0.0), (8, 600, 1.3, 0.0),
        (9, 3, 1.2, 0.0), (10, 50_000, 1.1, 0.0), (11, 5_000, 1.1, 0.0), (12, 200_000, 1.1, 0.03),
        (13, 3_000, 1.1, 0.0), (14, 26, 1.2, 0.0), (15, 8_000, 1.1, 0.0), (16, 150_000, 1.1, 0.03),
        (17, 10, 1.1, 0.0), (18, 4_000, 1.1, 0.0), (19, 2_000, 1.2, 0.44), (20, 4, 1.1, 0.44),
        (21, 180_000, 1.1, 0.03), (22, 16, 1.3, 0.76), (23, 15, 1.1, 0.0), (24, 80_000, 1.1, 0.03),
        (25, 80, 1.2, 0.44), (26, 40_000, 1.1, 0.44),
    )
)  # fmt: skip

FIELDS = (*_NUMERIC, *_CATEGORICAL)

PAIRS = (("C6", "C14"), ("C17", "C23"), ("C5", "I11"), ("C9", "C2"), ("I7", "C8"))
TRIPLES = (("C17", "C14", "I4"), ("C23", "C9", "C6"))
GATES = (
    ("C20", (("C17", "C25"), ("C14", "C23"))),
    ("C9", (("C5", "I1"), ("C6", "I11"), ("C8", "C17"))),
)
"""A context field's level, modulo the number of pairs, says which pair of fields interacts."""

_PILOT_ROWS = 50_000
_MANY = 5_000
"""Categorical or numeric fields with more levels than this weigh half."""


class PlantedTruth:
    """Gives every row its click probability; a pure function of seed, drift and the row's levels.

        logit = b + sum_f w_f e(f)                          first order, every field
                  + sum e(i) e(j)                           pairs
                  + sum e(i) e(j) e(k)                      triples
                  + sum e(i) e(j) of the pair that the gate's level names

    ``e`` is a hash of (seed, term, field, level) with mean 0 and variance 1 over the field's levels;
    ``SHARED`` of an interaction's is the field's first-order one, as a click's drivers act together in
    real logs. Fields being independent, no part of an interaction shows in a lower order. ``b`` makes
    ``POSITIVE_RATE`` of the rows clicks.

    Args:
        seed: names the world: other seeds have other effects.
        drift: where the truth is; it moves the effects, not their scale, and not the share of clicks.
    """

    def __init__(self, seed: int, drift: Drift = STILL) -> None:
        self.seed = seed
        self.drift = drift
        self._field = {field.name: field for field in FIELDS}
        weights = {
            field.name: (0.5 + (place * 7 % 10) / 10) / (2 if field.levels > _MANY else 1)
            for place, field in enumerate(FIELDS)
        }
        scale = FIRST / np.sqrt(sum(weight**2 for weight in weights.values()))
        self._main = {field.name: field.effects(seed, "first", drift=drift) for field in FIELDS}
        self._first = {name: scale * weight * self._main[name] for name, weight in weights.items()}
        self._products = [
            *(self._product(pair, PAIR / np.sqrt(len(PAIRS))) for pair in PAIRS),
            *(self._product(triple, TRIPLE / np.sqrt(len(TRIPLES))) for triple in TRIPLES),
        ]
        size = GATED / np.sqrt(len(GATES))
        self._gates = [
            (gate, [self._product(pair, size, gate) for pair in pairs]) for gate, pairs in GATES
        ]
        self._intercept = 0.0
        self._intercept = self._centre()

    def probability(self, levels: Levels) -> npt.NDArray[np.float64]:
        """Give the click probability of rows, from each field's levels ``(rows,)``."""
        return 1.0 / (1.0 + np.exp(-self.logit(levels)))

    def logit(self, levels: Levels) -> npt.NDArray[np.float64]:
        """Give the logit of rows, from each field's levels ``(rows,)``."""
        total = np.full(len(levels[FIELDS[0].name]), self._intercept)
        for name, effect in self._first.items():
            total += effect[levels[name]]
        for product in self._products:
            total += _multiply(product, levels)
        for gate, products in self._gates:
            choice = levels[gate] % len(products)
            total += np.choose(choice, [_multiply(product, levels) for product in products])
        return total

    def draw(self, random: np.random.Generator, rows: int) -> dict[str, npt.NDArray[np.int32]]:
        """Draw rows: each field's levels ``(rows,)``, fields independent."""
        return {field.name: field.draw(random.random(rows)) for field in FIELDS}

    def _product(
        self, names: tuple[str, ...], size: float, gate: str = ""
    ) -> list[tuple[str, npt.NDArray[np.float64]]]:
        """Give each field's effects in one product of variance ``size^2``."""
        term = "*".join((*names, gate))
        factors = []
        for place, name in enumerate(names):
            field = self._field[name]
            own = field.effects(self.seed, term, drift=self.drift)
            mixed = np.sqrt(SHARED) * self._main[name] + np.sqrt(1 - SHARED) * own
            scale = np.sqrt(np.sum(field.shares() * mixed**2)) / (size if place == 0 else 1.0)
            factors.append((name, mixed / scale))
        return factors

    def _centre(self) -> float:
        """Find ``b`` by bisection on rows drawn once per seed."""
        random = np.random.default_rng([self.seed, 0x9107])
        logit = self.logit(self.draw(random, _PILOT_ROWS))
        low, high = -12.0, 12.0
        for _ in range(50):
            middle = (low + high) / 2
            if np.mean(1.0 / (1.0 + np.exp(-(logit + middle)))) < POSITIVE_RATE:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def _multiply(
    factors: list[tuple[str, npt.NDArray[np.float64]]], levels: Levels
) -> npt.NDArray[np.float64]:
    product = factors[0][1][levels[factors[0][0]]]
    for name, effect in factors[1:]:
        product = product * effect[levels[name]]
    return product
