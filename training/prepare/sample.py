"""A few raw rows of the test split, kept for end-to-end checks."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.features import FeatureSpec
from training.datasets.block import Block
from training.datasets.instances import as_instance

MOST = 1000


class Sample:
    """Keeps the rows that come first in a random order, as requests would carry them.

    Args:
        spec: the fields an instance has.
        most: how many rows to keep.
    """

    def __init__(self, spec: FeatureSpec, most: int = MOST) -> None:
        self._fields = spec.fields
        self._most = most
        self._kept: list[tuple[int, int, float, tuple[str, ...]]] = []

    def add(
        self, block: Block, places: npt.NDArray[np.int64], order: npt.NDArray[np.uint64]
    ) -> None:
        """Offer rows of a block.

        Args:
            block: the block.
            places: which of its rows.
            order: where each of them comes in the random order; the lowest are kept.
        """
        if len(self._kept) == self._most:
            near = order < np.uint64(self._kept[-1][0])
            places, order = places[near], order[near]
        if len(places) > self._most:
            nearest = np.argpartition(order, self._most)[: self._most]
            places, order = places[nearest], order[nearest]
        if not len(places):
            return
        columns = [block.columns[field.name].take(places) for field in self._fields]
        self._kept += zip(
            order.tolist(),
            block.rows[places].tolist(),
            block.labels[places].tolist(),
            zip(*columns, strict=True),
            strict=True,
        )
        self._kept.sort()
        del self._kept[self._most :]

    def save(self, path: Path) -> str:
        """Write one JSON object a line, by row number; gives the text."""
        lines = []
        for _, row, label, texts in sorted(self._kept, key=lambda kept: kept[1]):
            entry: dict[str, Any] = {"row": row}
            if not math.isnan(label):
                entry["label"] = int(label)
            entry["instance"] = as_instance(texts, self._fields)
            lines.append(json.dumps(entry, ensure_ascii=False) + "\n")
        text = "".join(lines)
        path.write_text(text, encoding="utf-8")
        return text
