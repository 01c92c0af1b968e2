"""The command's options, checked against each other and turned into work."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from training.datasets import DelimitedFormat, LogFormat, log_format
from training.datasets.click_log import read_clicks
from training.prepare.carried import Carried
from training.prepare.pipeline import MIN_COUNT, prepare
from training.prepare.prepare_generated import prepare_generated
from training.prepare.split import Split
from training.prepare.split_by_file import LEVELS_ONLY, FileSplit


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
    calendar: bool = False
    clicks: tuple[Path, ...] = ()
    valid: tuple[Path, ...] = ()
    test: tuple[Path, ...] = ()
    carry: Path | None = None
    levels_from: tuple[Path, ...] = ()
    drift: float | None = None

    def run(self) -> dict[str, Any]:
        """Do it; gives the data card.

        Raises:
            InvalidInputError: if options contradict each other or break a rule, or a log does.
            FileNotFoundError: if a file is not there.
        """
        log = log_format(self.log_format, self.logs)
        self._check(log)
        weights = Split.parse(self.split, self.seed) if self.split else Split(seed=self.seed)
        if self.generate is not None:
            return prepare_generated(
                self.generate,
                self.out,
                seed=self.seed,
                day=self.day or 0,
                drift=self.drift or 0.0,
                spec=self._spec(log),
                split=weights,
                overwrite=self.overwrite,
            )
        carried = Carried.open(self.carry) if self.carry else None
        spec, vocabulary = carried.spec if carried else self._spec(log), None
        if self.like:
            spec = FeatureSpec.load(self.like / "feature_spec.json")
            vocabulary = Vocabulary.load(self.like / "vocabulary.npz")
            weights = weights if self.split else Split(0, 0, 100, self.seed)
        parts = {LEVELS_ONLY: self.levels_from, 0: self.logs, 1: self.valid, 2: self.test}
        roles = tuple(role for role, files in parts.items() for _ in files)
        return prepare(
            tuple(path for files in parts.values() for path in files),
            self.out,
            log=self._joined(log),
            spec=spec,
            vocabulary=vocabulary,
            carried=carried,
            labelled=self.labelled,
            split=FileSplit(roles, self.seed) if self.valid or self.test else weights,
            split_by=self.split_by,
            aside=len(self.levels_from),
            max_bad_lines=self.max_bad_lines or 0,
            overwrite=self.overwrite,
        )

    def _spec(self, log: LogFormat) -> FeatureSpec:
        if self.spec:
            return FeatureSpec.load(self.spec)
        min_count = MIN_COUNT if self.min_count is None else self.min_count
        return log.spec(min_count, self.discretiser, calendar=self.calendar)

    def _joined(self, log: LogFormat) -> LogFormat:
        if not self.clicks or log.key is None or not isinstance(log, DelimitedFormat):
            return log
        return replace(log, clicks=read_clicks(self.clicks, log.key, log.separator))

    def _check(self, log: LogFormat) -> None:
        if self.generate is None:
            _require(bool(self.logs), "LOG", "name at least one log, or use --generate ROWS")
            _require(self.day is None, "--day", "goes with --generate only; a LOG has its rows")
            _require(self.drift is None, "--drift", "goes with --generate only")
        else:
            self._check_generate(log)
        for option, borrowed in {"--like": self.like, "--carry": self.carry}.items():
            if borrowed:
                source, out = borrowed.resolve(), self.out.resolve()
                _require(
                    out != source and out not in source.parents,
                    option,
                    f"must not be in --out, it would be replaced; received {borrowed}",
                )
        _require(
            not (self.like and self.carry),
            "--like",
            "does not go with --carry: it counts no levels, and --carry does",
        )
        if self.like or self.carry or self.spec:
            given = "--like" if self.like else "--carry" if self.carry else "--spec"
            _require(given == "--spec" or not self.spec, given, "does not go with --spec")
            _require(self.min_count is None, given, "does not go with --min-count: it has its own")
            _require(
                self.discretiser is None, given, "does not go with --discretiser: it has its own"
            )
            _require(not self.calendar, given, "does not go with --calendar: it has its own fields")
        self._check_split(log)
        if self.clicks:
            _require(
                log.key is not None,
                "--clicks",
                f"needs a format with an id to join by; {log.name!r} has its clicks in the log",
            )
            _require(self.labelled, "--clicks", "does not go with --no-label: it gives the labels")
        _require(
            not self.calendar or bool(log.calendar),
            "--calendar",
            f"needs a format with a calendar; {log.name!r} has none",
        )

    def _check_generate(self, log: LogFormat) -> None:
        _require(not self.logs, "--generate", "takes no LOG: it writes one itself")
        _require(self.like is None, "--generate", "does not go with --like")
        _require(self.carry is None, "--generate", "does not go with --carry")
        _require(self.labelled, "--generate", "does not go with --no-label")
        _require(not (self.valid or self.test), "--generate", "does not go with --valid or --test")
        _require(
            self.max_bad_lines is None,
            "--generate",
            "does not go with --max-bad-lines: it has none",
        )
        _require(log.name == "criteo", "--generate", "writes the format 'criteo'")

    def _check_split(self, log: LogFormat) -> None:
        _require(
            self.split_by in {"hash", "time", "order"},
            "--split-by",
            f"must be hash, time or order; received {self.split_by!r}",
        )
        if self.split_by == "time":
            _require(
                log.time_column is not None,
                "--split-by time",
                f"needs a format with a time; {log.name!r} has none: use --split-by order or hash",
            )
        if self.valid or self.test:
            given = "--valid" if self.valid else "--test"
            _require(self.split is None, given, "does not go with --split: files are the splits")
            _require(
                self.split_by == "hash",
                given,
                f"does not go with --split-by {self.split_by}: files are the splits",
            )
            _require(self.like is None, given, "does not go with --like: a later log is all test")
        if self.levels_from:
            _require(
                bool(self.valid or self.test) or self.split_by == "order",
                "--levels-from",
                "goes with --split-by order, or with --valid or --test: its files are in no split",
            )


def _require(holds: bool, option: str, rule: str) -> None:
    if not holds:
        raise InvalidInputError(f"{option}: {rule}")
