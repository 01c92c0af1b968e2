"""A model's scores of a split."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from model.console import progress
from training.evaluate.level_sums import LevelSums
from training.evaluate.metrics import probabilities
from training.train.split import Split

if TYPE_CHECKING:
    from model.trained import TrainedModel


@dataclass(frozen=True, eq=False)
class Scored:
    """Numbers per row and per level; the rows themselves are not kept.

    Attributes:
        labels: 0 or 1, float32 ``(n,)``.
        logits: float32 ``(n,)``.
        truth: true probabilities ``(n,)`` of a generated log; ``None`` of a real one.
        sums: clicks and predicted clicks of every level.
    """

    labels: npt.NDArray[np.float32]
    logits: npt.NDArray[np.float32]
    truth: npt.NDArray[np.float64] | None
    sums: LevelSums

    @classmethod
    def of(cls, trained: "TrainedModel", part: Split, name: str) -> Self:
        """Score a split a row group at a time; ``name`` is its, for the progress."""
        labels = np.empty(part.rows, np.float32)
        logits = np.empty(part.rows, np.float32)
        truth = np.empty(part.rows) if part.has_truth else None
        sums = LevelSums.zero(trained.vocabulary.n_rows)
        start = 0
        with progress(f"score {name}", part.rows, "rows") as advance:
            for block in part.blocks():
                rows = slice(start, start + len(block))
                labels[rows] = block.labels
                logits[rows] = trained.logits(block.ids)
                if truth is not None and block.truth is not None:
                    truth[rows] = block.truth
                sums.add(block.ids, block.labels, probabilities(logits[rows]))
                start = rows.stop
                advance(start)
        return cls(labels, logits, truth, sums)
