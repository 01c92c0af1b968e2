"""Slots of small integers, found by their value: one read of an array instead of a dict's three."""

from collections.abc import Iterable, Sequence
from struct import error as NotAnInteger  # noqa: N812  (it says what it means here)
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.tiers.packer import packer

SIZE = 8192
"""Values from 0 to below this have a place of their own; most counts are small."""

ABSENT = -1
_NUMBERS = frozenset({int, float})


class SmallIntegers:
    """The slots of integers from 0 to ``SIZE``, of some fields.

    Args:
        fields: indices of the fields, those whose values are numbers.
    """

    def __init__(self, fields: Iterable[int]) -> None:
        self._start = {field: SIZE * place for place, field in enumerate(fields)}
        self._slots = np.full(SIZE * len(self._start), ABSENT, np.int32)

    def __contains__(self, field: int) -> bool:
        """Tell whether a field's values are looked for here."""
        return field in self._start

    def pack(self, column: tuple[Any, ...]) -> bytes | None:
        """Write a column as int32, or return ``None`` if a value is no such integer."""
        try:
            return packer(len(column))(*column)
        except NotAnInteger:
            return None

    def find(
        self, fields: Sequence[int], packed: Sequence[bytes]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Find the slots of packed columns.

        Args:
            fields: index of each column's field.
            packed: what ``pack`` wrote of each.

        Returns:
            Slots, ``(columns, rows)``, ``ABSENT`` where there is none; and which columns can be
            trusted: the others hold a value that has no place here, ``(columns,)``.
        """
        values = np.frombuffer(b"".join(packed), np.uint32).reshape(len(packed), -1)
        good = values.max(axis=1) < SIZE
        starts = np.array([self._start[field] for field in fields], np.uint32)
        return self._slots.take(values + starts[:, None], mode="clip"), good

    def keep(self, field: int, value: Any, slot: int) -> None:
        """Note a value's slot, or with ``ABSENT`` that it has none any more."""
        start = self._start.get(field)
        # 5.0 is 5 to whoever looks it up.
        if start is not None and type(value) in _NUMBERS and 0 <= value < SIZE:
            place = int(value)
            if place == value:
                self._slots[start + place] = slot
