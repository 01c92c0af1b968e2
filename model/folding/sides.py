"""Which fields a request gives once, and which with each candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from model.folding.gate import Array, Places


@dataclass(frozen=True, eq=False)
class Sides:
    """An order of the fields in which each side is in one piece.

    Attributes:
        order: the fields in that order, ``(F,)``.
        context: number of context fields.
        context_first: whether they come before the candidates'.
    """

    order: Places
    context: int
    context_first: bool

    @classmethod
    def of(cls, sides: Sequence[str]) -> Self:
        """Make one of each field's side, ``"context"`` or ``"candidate"``.

        Fields that are in two pieces already stay where they are, whichever piece comes first.
        """
        places = np.arange(len(sides))
        is_context = np.asarray([side == "context" for side in sides], np.bool_)
        first = bool(is_context[0])
        pieces = [places[is_context], places[~is_context]]
        order = np.concatenate(pieces if first else pieces[::-1])
        return cls(order, int(is_context.sum()), first)

    @property
    def both(self) -> bool:
        """Whether each side has fields."""
        return 0 < self.context < len(self.order)

    @property
    def in_order(self) -> bool:
        """Whether the order is the fields' own."""
        return bool((self.order == np.arange(len(self.order))).all())

    def cut(self, rows: Array, size: int) -> tuple[Array, Array]:
        """Cut what has ``size`` rows per field, in this order, into the context's and the rest."""
        at = size * (self.context if self.context_first else len(self.order) - self.context)
        first, second = rows[:at], rows[at:]
        return (first, second) if self.context_first else (second, first)
