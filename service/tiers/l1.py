"""The first tier: rows in process, found by raw value."""

from collections.abc import Iterable, Sequence
from itertools import compress, repeat
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import InvalidInputError
from service.parsing.parts import Columns
from service.parsing.violation import exact
from service.tiers.doorkeeper import Doorkeeper
from service.tiers.packer import packer
from service.tiers.small_integers import ABSENT, SmallIntegers

LONGEST_TEXT = 128
"""Longest text that is kept as a key, in characters: the tier's memory is bounded in bytes too."""

_WINDOW = 4096
_ABSENT = repeat(ABSENT)
_ONE = Struct("=i")


class L1:
    """A bounded array of rows, and per field a dict from raw value to slot.

    A hit costs one dict lookup and no hashing of tokens. Values must be of the types that the
    readers let through: ``True``, which equals 1, is never among them.

    Two rules keep frequent rows when rare values come by the million. Slots are reused by the clock
    algorithm: a row that was read since the hand last passed stays. And once the tier is full, a
    level is let in only at its second miss (a doorkeeper, as in TinyLFU, Einziger et al., 2017):
    what is seen once pushes out nothing.

    Not safe for threads. A slot found by ``find`` holds its row until the next ``insert``: gather
    before awaiting anything.

    Args:
        fields: number of fields.
        width: floats of a row.
        capacity: most rows that are kept, over all fields.
        numeric: indices of the fields whose values are numbers.

    Raises:
        InvalidInputError: if ``capacity`` is not at least 1.
    """

    def __init__(self, fields: int, width: int, capacity: int, numeric: Iterable[int] = ()) -> None:
        if capacity < 1:
            raise InvalidInputError(f"capacity: must be at least 1; received {capacity}")
        self._capacity = capacity
        self._rows = np.zeros((capacity, width), np.float32)
        self._states = np.zeros(capacity, np.uint8)
        self._used = np.zeros(capacity, np.uint8)
        self._slots: list[dict[Any, int]] = [{} for _ in range(fields)]
        self._find = [slots.get for slots in self._slots]
        self._keys: list[Any] = [None] * capacity
        self._fields = [ABSENT] * capacity
        self._size = 0
        self._hand = 0
        self._door = Doorkeeper(capacity)
        self._integers = SmallIntegers(numeric)

    def __len__(self) -> int:
        """Return the number of rows held."""
        return self._size

    @property
    def is_full(self) -> bool:
        """Tell whether a new row would take another one's place."""
        return self._size >= self._capacity

    def held(self, field: int) -> tuple[list[Any], list[Any]]:
        """List a field's values: those that were read since the clock's hand passed, and the others."""
        slots = self._slots[field]
        read = self._used[np.fromiter(slots.values(), np.intp, len(slots))].astype(np.bool_)
        values = list(slots)
        return list(compress(values, read.tolist())), list(compress(values, (~read).tolist()))

    def find(self, fields: Sequence[int], columns: Columns) -> NDArray[np.int32]:
        """Find the slots of values, ``ABSENT`` for those that are not held; ``(fields, rows)``.

        Args:
            fields: index of each column's field.
            columns: raw values, equally many in each.
        """
        slots = np.empty((len(columns), len(columns[0])), np.int32)
        direct: list[tuple[int, bytes]] = []
        others: list[int] = []
        for place, (field, column) in enumerate(zip(fields, columns, strict=True)):
            packed = self._integers.pack(column) if field in self._integers else None
            if packed is None:
                others.append(place)
            else:
                direct.append((place, packed))
        if direct:
            places = [place for place, _ in direct]
            found, good = self._integers.find(
                [fields[place] for place in places], [packed for _, packed in direct]
            )
            slots[places] = found
            others += [place for place, sure in zip(places, good.tolist(), strict=True) if not sure]
        if others:
            by_dict = [self._by_dict(fields[place], columns[place]) for place in others]
            slots[others] = np.frombuffer(b"".join(by_dict), np.int32).reshape(len(others), -1)
        self._used[slots] = 1  # -1 marks the last slot as well: one more round for one row
        return slots

    def _by_dict(self, field: int, column: tuple[Any, ...]) -> bytes:
        """Find one column's slots; seeing that it repeats one value is faster than looking it up."""
        first, rows = column[0], len(column)
        find = self._find[field]
        if first == column[-1] == column[rows // 2] and column.count(first) == rows:
            return _ONE.pack(find(first, ABSENT)) * rows
        return packer(rows)(*map(find, column, _ABSENT))

    def gather(self, slots: NDArray[np.int32]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Copy the rows and states of slots; those of ``ABSENT`` mean nothing.

        Args:
            slots: ``(fields, rows)``.

        Returns:
            Rows ``(rows, fields, width)`` and states ``(fields, rows)``.
        """
        return (
            self._rows.take(slots.T, axis=0, mode="clip"),
            self._states.take(slots, mode="clip"),
        )

    def insert(
        self,
        fields: Sequence[int],
        values: Sequence[Any],
        rows: NDArray[np.float32],
        states: NDArray[np.uint8],
        fingerprints: NDArray[np.uint64],
    ) -> None:
        """Keep rows of values, in place of rows that were not read lately.

        Args:
            fields: index of each value's field.
            values: raw values.
            rows: ``(values, width)``.
            states: how the table knows each one, ``(values,)``.
            fingerprints: of the values' levels, ``(values,)``.
        """
        free = self._capacity - self._size
        known = self._door.known(fingerprints)
        news: list[int] = []
        for place, (field, value) in enumerate(zip(fields, values, strict=True)):
            if (known[place] or len(news) < free) and self._is_new(field, value):
                news.append(place)
        del news[self._capacity :]
        if not news:
            return
        slots = self._claim(len(news))
        for place, slot in zip(news, slots, strict=True):
            self._vacate(slot)
            self._slots[fields[place]][values[place]] = slot
            self._integers.keep(fields[place], values[place], slot)
            self._keys[slot] = values[place]
            self._fields[slot] = fields[place]
        self._rows[slots] = rows[news]
        self._states[slots] = states[news]

    def shrink(self, count: int) -> int:
        """Give up so many rows, or as many as there are, the last ones first; returns how many."""
        count = min(count, self._size)
        for _ in range(count):
            self._size -= 1
            self._vacate(self._size)
            self._keys[self._size], self._fields[self._size] = None, ABSENT
        return count

    def _vacate(self, slot: int) -> None:
        """Let a slot's value, if it has one, be found no more."""
        if self._fields[slot] != ABSENT:
            del self._slots[self._fields[slot]][self._keys[slot]]
            self._integers.keep(self._fields[slot], self._keys[slot], ABSENT)

    def _is_new(self, field: int, value: Any) -> bool:
        return value not in self._slots[field] and _keepable(value)

    def _claim(self, count: int) -> list[int]:
        """Choose distinct slots, at most ``capacity``: free ones, then unused ones."""
        fresh = min(count, self._capacity - self._size)
        claimed = list(range(self._size, self._size + fresh))
        self._used[claimed] = 1
        self._size += fresh
        while len(claimed) < count:
            window = self._used[self._hand : self._hand + _WINDOW]
            unused = np.flatnonzero(window == 0)[: count - len(claimed)]
            enough = len(claimed) + len(unused) == count
            end = int(unused[-1]) + 1 if enough else len(window)
            window[:end] = 0
            window[unused] = 1  # claimed already, should the hand come round
            claimed.extend((unused + self._hand).tolist())
            self._hand = (self._hand + end) % self._capacity
        self._used[claimed] = 0
        return claimed


def _keepable(value: object) -> bool:
    """Refuse long texts, and numbers that must be looked at each time they come."""
    return len(value) <= LONGEST_TEXT if isinstance(value, str) else exact(value)
