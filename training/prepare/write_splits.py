"""The second pass: coded rows to table rows, in shards per split."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.console import progress
from training.datasets.synthetic import BayesMeter
from training.prepare.ahead import ahead
from training.prepare.shard_writer import ShardWriter
from training.prepare.spill import CodedRows, Spill
from training.prepare.split import SPLITS


class SplitTotals:
    """What went into one split.

    Args:
        writer: the split's shards.
    """

    def __init__(self, writer: ShardWriter) -> None:
        self.writer = writer
        self.positives = 0.0
        self.bayes = BayesMeter()

    def add(
        self,
        block: CodedRows,
        places: npt.NDArray[np.int64],
        rows_of_code: list[npt.NDArray[np.int32]],
    ) -> None:
        """Write the split's rows of a block."""
        first: dict[str, npt.NDArray[Any]] = {
            "row": block.rows[places],
            "label": block.labels[places],
        }
        self.positives += float(first["label"].sum())
        if len(block.bayes):
            first["bayes_probability"] = block.bayes[places]
            if not np.isnan(first["label"]).any():
                self.bayes.add(first["bayes_probability"], first["label"])
        self.writer.append(first, rows_of_code, [codes[places] for codes in block.codes])

    def close(self) -> dict[str, Any]:
        """Finish the files; gives the split's entry in the data card."""
        digest = self.writer.close()
        rows = self.writer.rows
        labelled = rows and not np.isnan(self.positives)
        entry: dict[str, Any] = {
            "rows": rows,
            "positive_rate": self.positives / rows if labelled else None,
            "digest": digest,
        }
        if self.bayes.rows:
            entry |= {"bayes_auc": self.bayes.auc, "bayes_logloss": self.bayes.logloss}
        return entry


def write_splits(
    folder: Path,
    names: tuple[str, ...],
    spill: Spill,
    rows_of_code: list[npt.NDArray[np.int32]],
    *,
    total: int,
    bayes: bool,
) -> dict[str, dict[str, Any]]:
    """Write ``train``, ``valid`` and ``test`` under a folder.

    Args:
        folder: where.
        names: the fields, in order.
        spill: the coded rows.
        rows_of_code: per field, the table row of each code.
        total: how many rows there are.
        bayes: whether the planted click probabilities are known.

    Returns:
        Per split: ``rows``, ``positive_rate``, ``digest`` and, where they are known, ``bayes_auc``,
        ``bayes_logloss``.
    """
    splits = [SplitTotals(ShardWriter(folder / name, names, bayes)) for name in SPLITS]
    try:
        with (
            progress("pass 2 of 2, encoding", total, "rows") as advance,
            closing(ahead(spill.read())) as coming,
        ):
            done = 0
            for block in coming:
                for place, split in enumerate(splits):
                    split.add(block, np.flatnonzero(block.splits == place), rows_of_code)
                done += len(block.rows)
                advance(done)
        return {name: split.close() for name, split in zip(SPLITS, splits, strict=True)}
    except BaseException:
        for split in splits:
            split.writer.abandon()
        raise
