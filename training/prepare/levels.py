"""The levels of one field, met while a log is read."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from model.errors import FieldTypeError
from model.features import Field, FieldEncoder
from training.datasets.number_text import parse_number
from training.prepare.hash_index import ABSENT, HashIndex

REFUSED = -1
"""The code of a text that is no value of the field."""

MOST_TEXTS = 1 << 20


class Levels:
    """Numbers a field's levels in order of first sight, encodes each once, counts them.

    Texts are told apart by a 64-bit hash, and kept nowhere. A plain categorical field has one level
    per text. In a numeric or hashed field many texts share one; there only levels are kept for
    good, so that memory follows the levels and not the texts.

    Args:
        field: the field.
        most_texts: how many texts of a numeric or hashed field to remember before forgetting all.
    """

    def __init__(self, field: Field, most_texts: int = MOST_TEXTS) -> None:
        self.field = field
        self._most_texts = most_texts
        self._encoder = FieldEncoder(field)
        self._shared = field.kind == "numeric" or field.hash_buckets is not None
        self._index = HashIndex()
        self._level_of: dict[int, int] = {}
        self._marks: list[npt.NDArray[np.uint64]] = []
        self._size = 0
        self._counts = np.zeros(1024, np.int64)

    def __len__(self) -> int:
        return self._size

    @property
    def fingerprints(self) -> npt.NDArray[np.uint64]:
        """The levels' fingerprints by code, ``(levels,)``."""
        return np.concatenate([np.empty(0, np.uint64), *self._marks])

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """How often each level was counted, by code, ``(levels,)``."""
        return self._counts[: self._size]

    def codes_of(self, texts: Any) -> npt.NDArray[np.int32]:
        """Give each text of an Arrow array, all different, its level's code or ``REFUSED``."""
        keys = pl.Series(texts).hash(seed=0).to_numpy()
        codes = self._index.find(keys)
        absent = np.flatnonzero(codes == ABSENT)
        if len(absent):
            if self._shared and len(self._index) + len(absent) > self._most_texts:
                self._index.clear()
                absent = np.arange(len(keys))
            codes[absent] = self._learn(texts.take(absent).to_pylist())
            self._index.insert(keys[absent], codes[absent])
        return codes

    def count(self, codes: npt.NDArray[np.int32], times: npt.NDArray[np.int64]) -> None:
        """Add to the counts of levels; ``REFUSED`` may come with zero times."""
        if self._size > len(self._counts):
            more = np.zeros(self._size * 2 - len(self._counts), np.int64)
            self._counts = np.concatenate([self._counts, more])
        if self._shared:
            np.add.at(self._counts, codes, times)
        else:
            self._counts[codes] += times

    def reason(self, text: str) -> str:
        """Say why a text is refused; empty if it is not."""
        try:
            self._encoder.token(self._value(text))
        except FieldTypeError as error:
            return str(error)
        return ""

    def _value(self, text: str) -> str | int | float | None:
        return parse_number(self.field.name, text) if self.field.kind == "numeric" else text

    def _learn(self, texts: list[str]) -> npt.NDArray[np.int32]:
        """Encode texts not met before (or forgotten); gives their codes."""
        if not self._shared:
            codes = np.arange(self._size, self._size + len(texts), dtype=np.int32)
            self._add(self._encoder.fingerprints(texts))
            return codes
        accepted = np.arange(len(texts))
        try:
            marks = self._encoder.fingerprints([self._value(text) for text in texts]).tolist()
        except FieldTypeError:
            accepted = np.flatnonzero([not self.reason(text) for text in texts])
            values = [self._value(texts[place]) for place in accepted.tolist()]
            marks = self._encoder.fingerprints(values).tolist()
        unseen = [mark for mark in dict.fromkeys(marks) if mark not in self._level_of]
        self._level_of.update(zip(unseen, range(self._size, self._size + len(unseen)), strict=True))
        self._add(np.array(unseen, np.uint64))
        codes = np.full(len(texts), REFUSED, np.int32)
        codes[accepted] = [self._level_of[mark] for mark in marks]
        return codes

    def _add(self, marks: npt.NDArray[np.uint64]) -> None:
        self._marks.append(marks)
        self._size += len(marks)
