"""Raw values of a request as columns, in the pieces in which they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

Columns = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of equal length.

    Attributes:
        fields: the place in the spec of each column's field.
        columns: one tuple of raw values per field, their types checked; absent values are ``None``.
    """

    fields: Sequence[int]
    columns: Columns

    @property
    def rows(self) -> int:
        """Length of the columns."""
        return len(self.columns[0])


@dataclass(frozen=True, slots=True)
class Parts:
    """One block of whole rows, or two: the context (one row) and the candidates.

    Attributes:
        blocks: the block or the two.
        rows: how many rows are to be scored.
        held: what the columns were made from; see ``Prediction.held``.
    """

    blocks: tuple[Block, ...]
    rows: int
    held: object = None

    @classmethod
    def whole(cls, columns: Columns, held: object = None) -> Self:
        """Make one block of the columns of all fields, in the spec's order."""
        return cls((Block(range(len(columns)), columns),), len(columns[0]), held)

    @property
    def ranking(self) -> bool:
        """Tell whether it is a context with candidates."""
        return len(self.blocks) == 2
