"""The command's options, checked against each other and turned into work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from training.datasets import DelimitedFormat, log_format
from training.prepare.pipeline import MIN_COUNT, prepare
from training.prepare.prepare_generated import prepare_generated
from training.prepare.split import Split


@dataclass(frozen=True, slots=True)
class PrepareRequest:
    """What ``dynint prepare`` was asked for; ``None`` where an option was not given."""

    logs: tuple[Path, ...]
    out: Path
    log_format: str
    spec: Path | None
    min_count: int | None
    discretiser: str | None
    like: Path | None
    labelled: bool
    seed: int
    split: str | None
    split_by: str
    max_bad_lines: int | None
    generate: int | None
    day: int | None
    overwrite: bool

    def run(self) -> dict[str, Any]:
        """Do it; gives the data card.

        Raises:
            InvalidInputError: if options contradict each other or break a rule, or a log does.
            FileNotFoundError: if a file is not there.
        """
        log = log_format(self.log_format)
        self._check(log)
        split = Split.parse(self.split, self.seed) if self.split else Split(seed=self.seed)
        if self.generate is not None:
            return prepare_generated(
                self.generate,
                self.out,
                seed=self.seed,
                day=self.day or 0,
                spec=self._spec(log),
                split=split,
                overwrite=self.overwrite,
            )
        spec, vocabulary = self._spec(log), None
        if self.like:
            spec = FeatureSpec.load(self.like / "feature_spec.json")
            vocabulary = Vocabulary.load(self.like / "vocabulary.npz")
            split = split if self.split else Split(0, 0, 100, self.seed)
        return prepare(
            self.logs,
            self.out,
            log=log,
            spec=spec,
            vocabulary=vocabulary,
            labelled=self.labelled,
            split=split,
            max_bad_lines=self.max_bad_lines or 0,
            overwrite=self.overwrite,
        )

    def _spec(self, log: DelimitedFormat) -> FeatureSpec:
        if self.spec:
            return FeatureSpec.load(self.spec)
        return log.spec(MIN_COUNT if self.min_count is None else self.min_count, self.discretiser)

    def _check(self, log: DelimitedFormat) -> None:
        if self.generate is None:
            _require(bool(self.logs), "LOG", "name at least one log, or use --generate ROWS")
            _require(self.day is None, "--day", "goes with --generate only; a LOG has its rows")
        else:
            _require(not self.logs, "--generate", "takes no LOG: it writes one itself")
            _require(self.like is None, "--generate", "does not go with --like")
            _require(self.labelled, "--generate", "does not go with --no-label")
            _require(
                self.max_bad_lines is None,
                "--generate",
                "does not go with --max-bad-lines: it has none",
            )
            _require(log.name == "criteo", "--generate", "writes the format 'criteo'")
        if self.like:
            like, out = self.like.resolve(), self.out.resolve()
            _require(
                out != like and out not in like.parents,
                "--like",
                f"must not be in --out, it would be replaced; received {self.like}",
            )
        if self.like or self.spec:
            given = "--like" if self.like else "--spec"
            _require(not (self.like and self.spec), "--like", "does not go with --spec")
            _require(self.min_count is None, given, "does not go with --min-count: it has its own")
            _require(
                self.discretiser is None, given, "does not go with --discretiser: it has its own"
            )
        _require(
            self.split_by in {"hash", "time"},
            "--split-by",
            f"must be hash or time; received {self.split_by!r}",
        )
        if self.split_by == "time":
            _require(
                log.time_column is not None,
                "--split-by time",
                f"needs a format with a time; {log.name!r} has none: use --split-by hash",
            )


def _require(holds: bool, option: str, rule: str) -> None:
    if not holds:
        raise InvalidInputError(f"{option}: {rule}")
