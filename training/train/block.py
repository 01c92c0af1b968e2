"""Rows of a split in memory."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Block:
    """Rows as training takes them.

    Args:
        ids: rows of the embedding table, int32 ``(n, fields)``.
        labels: 0 or 1, float32 ``(n,)``.
        truth: the true probabilities of a generated log, float64 ``(n,)``, or ``None``.
    """

    ids: npt.NDArray[np.int32]
    labels: npt.NDArray[np.float32]
    truth: npt.NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.labels)
