"""The first pass: read logs, count levels on the training split, spill coded rows.

Rows that are there for their levels alone are counted too, and not spilled.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.features import FeatureSpec
from training.datasets.bad_line import BadLine
from training.datasets.block import Block, Coded
from training.prepare.bad_lines import BadLines
from training.prepare.dealing import Dealing
from training.prepare.levels import REFUSED, Levels
from training.prepare.sample import Sample
from training.prepare.spill import CodedRows, Spill, narrow
from training.prepare.split import SPLITS
from training.prepare.split_by_file import LEVELS_ONLY
from training.prepare.truth_columns import TruthColumns
from training.prepare.watched import watched

COUNTED = (SPLITS.index("train"), LEVELS_ONLY)


@dataclass
class Scan:
    """What the first pass found.

    Args:
        spec: the fields.
        spill: where coded rows go.
        split: which rows are the training split.
        bad: the bad lines and their limit.
        truth: click probabilities, where they are known.
        count_all: count levels on every row, not on the training split alone.
    """

    spec: FeatureSpec
    spill: Spill
    split: Dealing
    bad: BadLines
    truth: TruthColumns
    count_all: bool = False
    rows: int = 0
    counted: int = 0
    empty: int = 0

    def __post_init__(self) -> None:
        self.levels = [Levels(entry) for entry in self.spec.fields]
        self.sample = Sample(self.spec)
        self.logs: list[Path] = []
        self.lines: list[int] = []

    def run(self, blocks: Iterable[Block], logs: Sequence[Path]) -> None:
        """Read every block.

        Raises:
            InvalidInputError: if a log cannot be read to its end, or has too many bad lines.
        """
        self.logs = list(logs)
        self.lines = [0] * len(self.logs)
        shown = watched(blocks, logs, "pass 1 of 2, levels", lambda: f"{self.rows:,} rows")
        with closing(shown) as coming:
            for block in coming:
                self._take(block)
                self.lines[block.place] += block.lines
        for log, lines in zip(self.logs, self.lines, strict=True):
            self.truth.check_end(str(log), lines)

    def _take(self, block: Block) -> None:
        codes = [levels.codes_of(block.columns[levels.field.name].texts) for levels in self.levels]
        refused = self._refused(block, codes)
        self.bad.add(sorted([*block.bad, *refused.values()], key=lambda entry: entry.line))
        self.empty += block.empty

        if refused:
            good = np.ones(len(block.rows), np.bool_)
            good[list(refused)] = False
            places = np.flatnonzero(good)
            block = replace(
                block,
                rows=block.rows[places],
                labels=block.labels[places],
                columns={
                    name: Coded(column.texts, column.codes[places])
                    for name, column in block.columns.items()
                },
                times=block.times and Coded(block.times.texts, block.times.codes[places]),
            )
        self._keep(block, codes)

    def _keep(self, block: Block, codes: Sequence[npt.NDArray[np.int32]]) -> None:
        """Count, sample and spill rows that are all good."""
        splits = self.split.deal(block)
        counted = None if self.count_all else np.flatnonzero(np.isin(splits, COUNTED))
        aside = bool((splits == LEVELS_ONLY).any())  # then all are: files are, rows are not
        self.counted += len(block.rows if counted is None else counted)
        coded = []
        for levels, code in zip(self.levels, codes, strict=True):
            here = block.columns[levels.field.name].codes
            chosen = here if counted is None else here[counted]
            levels.count(code, np.bincount(chosen, minlength=len(code)))
            coded.append(narrow(code, len(levels))[here])
        tests = np.flatnonzero(splits == SPLITS.index("test"))
        self.sample.add(block, tests, self.split.sample_order(block.rows[tests]))
        if aside:
            return
        self.spill.write(CodedRows(block.rows, splits, block.labels, self.truth.of(block), coded))
        self.rows += len(block.rows)

    def _refused(self, block: Block, codes: Sequence[npt.NDArray[np.int32]]) -> dict[int, BadLine]:
        """Find rows with a text that a field refuses: place in the block -> the first such text."""
        found: dict[int, BadLine] = {}
        for levels, code in zip(self.levels, codes, strict=True):
            if len(code) and code.min() == REFUSED:
                column = block.columns[levels.field.name]
                for place in np.flatnonzero(code[column.codes] == REFUSED).tolist():
                    line = block.line_of(int(block.rows[place]))
                    reason = levels.reason(column.texts[int(column.codes[place])].as_py())
                    kind = f"{levels.field.kind} value"
                    found.setdefault(place, BadLine(block.file, line, reason, kind))
        return found
