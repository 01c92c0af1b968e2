"""What a study varies, of which models, and how it is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from model.errors import InvalidInputError
from training.compare.plan import Plan, folder_of
from training.study.case import Case
from training.study.paper import PUBLISHED
from training.study.sweep import Sweep
from training.train.overrides import apply_overrides
from training.train.run_config import RunConfig
from training.train.toml_file import put_over, read_toml

SHIPPED = Path(__file__).parent / "studies"
"""Studies that can be named without their path."""

VIEWS = ("table", "lines", "steps", "singular_values")
WITH_KERNEL = ("xdeepint", "dynint_da", "dynint_dwp")
"""Networks whose layers have a square matrix ``W`` that all instances share."""

_PLAN_KEYS = ("seeds", "defaults", "models")
_KEYS = ("title", "about", "view", "beside", "evaluations_per_epoch", "sweeps", *_PLAN_KEYS)
_EVERY = "training.eval_every_steps"


@dataclass(frozen=True)
class StudyPlan:
    """A study, before it meets data.

    Args:
        title: in a few words.
        about: what of the paper it repeats.
        view: one of ``VIEWS``.
        base: the models with their settings where nothing varies, and the seeds.
        sweeps: what varies.
        evaluations_per_epoch: how often a run looks at the valid rows; 0 leaves it to
            ``training.eval_every_steps``.
        beside: a key of ``PUBLISHED``, whose figures stand beside.
    """

    title: str
    about: str
    view: str
    base: Plan
    sweeps: tuple[Sweep, ...]
    evaluations_per_epoch: int = 0
    beside: str | None = None

    @classmethod
    def load(
        cls, path: Path, settings: Iterable[str] = (), seeds: Iterable[int] | None = None
    ) -> Self:
        """Read a TOML file, or a shipped study by its name.

        ::

            title = "Number of layers"
            about = "Table 3"
            view = "table"               # or "lines", "steps", "singular_values"
            seeds = [1, 2, 3]

            [[sweeps]]
            name = "layers"
            setting = "model.layers"
            values = [0, 1, 2, 3]
            models = ["DGP"]             # those it is for; all, if absent

            [defaults.training]          # of all models: tables as a run's configuration has them
            epochs = 10

            [models.DGP]                 # of one: as in a plan of 'dynint compare'
            config = "dynint_dgp"

        Args:
            path: the file or the name.
            settings: ``table.key=value`` each, in place of every model's.
            seeds: in place of the file's.

        Raises:
            InvalidInputError: if there is no such file or it breaks a rule.
        """
        document = read_toml(path, SHIPPED, "study")
        if seeds is not None:
            document["seeds"] = list(seeds)
        return cls.parse(document, settings)

    @classmethod
    def parse(cls, document: Mapping[str, Any], settings: Iterable[str] = ()) -> Self:
        """Make a study from a TOML document; as ``load``."""
        for key in document:
            if key not in _KEYS:
                raise InvalidInputError(f"study: keys must be of {_KEYS}; received {key!r}")
        over: dict[str, Any] = {}
        apply_overrides(over, settings)
        base = Plan.parse(_with_settings(document, over))
        every = document.get("evaluations_per_epoch", 0)
        _require(
            type(every) is int and 0 <= every <= 10_000,
            "evaluations_per_epoch: must be an integer from 0 to 10,000",
            every,
        )
        found = cls(
            _text(document, "title"),
            _text(document, "about"),
            document.get("view", ""),
            base,
            Sweep.parse_all(document.get("sweeps", []), tuple(base.models)),
            0 if "eval_every_steps" in over.get("training", {}) else every,
            document.get("beside"),
        )
        found._check(over)
        return found

    def cases(self, train_rows: int) -> list[Case]:
        """List what is trained, with each of the seeds.

        Args:
            train_rows: rows of the train split, which decide how many steps an epoch has.

        Raises:
            InvalidInputError: if a value breaks a rule of its setting.
        """
        sweeps: tuple[Sweep | None, ...] = self.sweeps or (None,)
        return [
            case
            for sweep in sweeps
            for label in (self.base.models if sweep is None else sweep.models)
            for case in self._cases_of(label, sweep, train_rows)
        ]

    def _cases_of(self, label: str, sweep: Sweep | None, train_rows: int) -> list[Case]:
        config = self.base.models[label]
        if sweep is None:
            return [Case(label, label, None, None, self._timed(config, train_rows))]
        found = []
        for value in sweep.values:
            document = config.to_dict()
            document[sweep.table] = put_over(document[sweep.table], {sweep.key: value})
            try:
                varied = RunConfig.parse(document)
            except InvalidInputError as error:
                raise InvalidInputError(
                    f"study: sweeps: {sweep.setting} = {value!r} of {label}: {error}"
                ) from error
            name = f"{label}, {sweep.name} {sweep.text(value)}"
            if sweep.setting != _EVERY:
                varied = self._timed(varied, train_rows)
            found.append(Case(name, label, sweep, value, varied))
        return found

    def _timed(self, config: RunConfig, train_rows: int) -> RunConfig:
        """Put the number of steps for the number of evaluations."""
        if not self.evaluations_per_epoch:
            return config
        document = config.to_dict()
        steps = -(-train_rows // config.training.batch_size)
        every = max(1, steps // self.evaluations_per_epoch)
        document["training"]["eval_every_steps"] = every
        return RunConfig.parse(document)

    def _check(self, over: Mapping[str, Any]) -> None:
        _require(self.view in VIEWS, f"view: must be one of {VIEWS}", self.view)
        self._check_sweeps(over)
        if self.beside is not None:
            _require(
                self.beside in PUBLISHED, f"beside: must be one of {tuple(PUBLISHED)}", self.beside
            )
            _require(self.view == "table", "beside: must be with view = 'table'", self.view)
        folders: dict[str, Case] = {}
        for case in self.cases(1):
            twin = folders.setdefault(folder_of(case.label), case)
            if twin is not case:
                raise InvalidInputError(
                    "study: sweeps: models, names and values must differ by more than case and "
                    f"signs; received {twin.label!r} and {case.label!r}"
                )
            model = case.config.model
            if self.view == "singular_values":
                _require(
                    model["name"] in WITH_KERNEL and model["layers"] > 0,
                    f"models: {case.label}: for view = 'singular_values' must have a matrix W, so "
                    f"be one of {WITH_KERNEL} with a layer",
                    model["name"],
                )

    def _check_sweeps(self, over: Mapping[str, Any]) -> None:
        number = len(self.sweeps)
        if self.view == "singular_values":
            _require(number <= 1, "sweeps: must be one at most, with this view", number)
        elif self.view == "lines":
            _require(number >= 1, "sweeps: must be one at least, with this view", number)
        else:
            _require(number == 1, f"sweeps: must be one, with view = {self.view!r}", number)
        for sweep in self.sweeps:
            if sweep.key in over.get(sweep.table, {}):
                raise InvalidInputError(
                    f"set: must not be what the study varies; received {sweep.setting}"
                )
        if self.sweeps:
            used = {label for sweep in self.sweeps for label in sweep.models}
            for label in self.base.models:
                _require(label in used, "sweeps: each model must be in one, or go", label)


def _with_settings(document: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Put settings over those of every model; what is no table is left for ``Plan`` to refuse."""
    found = {key: document[key] for key in _PLAN_KEYS if key in document}
    models = found.get("models")
    if over and isinstance(models, Mapping):
        found["models"] = {label: _over(table, over) for label, table in models.items()}
    return found


def _over(own: Any, over: Mapping[str, Any]) -> Any:
    if not isinstance(own, Mapping):
        return own
    tables = {
        name: put_over(own.get(name, {}), settings)
        for name, settings in over.items()
        if isinstance(own.get(name, {}), Mapping)
    }
    return {**own, **tables}


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    _require(isinstance(value, str) and bool(value.strip()), f"{key}: must be a text", value)
    return str(value).strip()


def _require(fulfilled: bool, rule: str, received: Any) -> None:
    if not fulfilled:
        raise InvalidInputError(f"study: {rule}; received {received!r}")
