"""Try settings, keep the best."""

import csv
import json
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState

from model.console import progress, say
from model.errors import CheckFailedError, InvalidInputError
from training.train.child import train_in_child
from training.train.prepared_data import PreparedData
from training.tune.plots import plot_history, plot_importance
from training.tune.same_data import require_same_data
from training.tune.space import Range, Space
from training.writing import writing

STORE = "trials.journal"
_SPACE = "space"
MAXIMIZE, MINIMIZE = optuna.study.StudyDirection.MAXIMIZE, optuna.study.StudyDirection.MINIMIZE


def tune(space: Space, data: Path, out: Path, trials: int | None, seed: int) -> dict[str, Any]:
    """Search until so many trials are done, each a training run in a process of its own.

    Trials are kept in a journal as they end: run again it goes on from there, and a trial that was
    cut off is tried again. One that fails counts as done, and loses nothing else. The sampler is
    optuna's TPE.

    Args:
        space: what is searched.
        data: prepared data; only its valid split decides.
        out: folder of the journal, the runs and the results.
        trials: in place of the space's.
        seed: of the sampler.

    Returns:
        ``{"files", "best": {"number", "value", "settings"}, "trials", "failed"}``.

    Raises:
        InvalidInputError: if ``out`` holds the search of another space or of other data, or the data cannot be used.
        CheckFailedError: if no trial ended well.
    """
    prepared = PreparedData.open(data)
    prepared.require_labels()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    wanted = space.trials if trials is None else trials
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        study = _study(space, prepared.digest, out, seed)
        _retry_unfinished(study)
        with progress("tune", wanted, "trials") as advance:
            while (done := len(_ended(study))) < wanted:
                advance(done, _best_so_far(study, space))
                _try(study, space, data, out)
            advance(len(_ended(study)), _best_so_far(study, space))
        return _write(study, space, out)


def _study(space: Space, digest: str, out: Path, seed: int) -> optuna.Study:
    """Open the journal, or begin it; a search of another space or on other data is refused."""
    _mend(out / STORE)
    storage = JournalStorage(JournalFileBackend(str(out / STORE)))
    asked = [space.base, repr(space.open), space.metric]
    searched = json.dumps([*asked, digest], sort_keys=True)
    study = optuna.create_study(
        storage=storage,
        study_name="tune",
        direction=MAXIMIZE if space.metric == "auc" else MINIMIZE,
        load_if_exists=True,
    )
    # Equal seeds draw equal settings: what goes on must not draw those of the beginning anew.
    drawn = len(study.get_trials(deepcopy=False))
    study.sampler = optuna.samplers.TPESampler(seed=seed + drawn, multivariate=True)
    before = study.user_attrs.get(_SPACE)
    if before == json.dumps(asked, sort_keys=True):  # journals had no digest once
        require_same_data(study, digest, out, out / STORE)
        study.set_user_attr(_SPACE, searched)
    elif before is None:
        study.set_user_attr(_SPACE, searched)
    elif before != searched:
        raise InvalidInputError(
            f"out: must be of the same search on the same data; {out / STORE} is of another. "
            "Give another folder"
        )
    return study


def _mend(store: Path) -> None:
    """Cut off a last line that has no end: a full disk or a lost machine left it, and nothing counts on it."""
    if not store.is_file():
        return
    with store.open("rb+") as file:
        text = file.read()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            say(f"warning: {store}: its last {len(text) - whole} bytes are no whole line; cut off")
            file.truncate(whole)


def _retry_unfinished(study: optuna.Study) -> None:
    """Give up trials that a process left behind, and try their settings again."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params, user_attrs={"again": trial.number})


def _ended(study: optuna.Study) -> list[FrozenTrial]:
    """List the trials that gave a value, or failed by themselves."""
    return [
        trial
        for trial in study.get_trials(deepcopy=False)
        if trial.state is TrialState.COMPLETE or "error" in trial.user_attrs
    ]


def _best_so_far(study: optuna.Study, space: Space) -> str:
    values = [trial.value for trial in _ended(study) if trial.value is not None]
    if not values:
        return ""
    best = max(values) if space.metric == "auc" else min(values)
    return f"best valid {space.metric} {best:.4f}"


def _try(study: optuna.Study, space: Space, data: Path, out: Path) -> None:
    trial = study.ask()
    chosen = {path: _drawn(trial, path, choice) for path, choice in space.open.items()}
    # One that is tried again goes on with its run.
    number = trial.user_attrs.get("again", trial.number)
    folder = out / "runs" / f"{number:05}"
    error, value = "", None
    try:
        config = space.config(chosen)
    except InvalidInputError as refused:  # settings that do not go together
        error = str(refused)
    else:
        folder.parent.mkdir(exist_ok=True)
        file = folder.with_suffix(".toml")
        file.write_text(config.to_toml(), encoding="utf-8")
        run, error, _ = train_in_child(file, data, folder, None, lambda _: None)
        value = None if run is None else run["metrics"]["valid"][space.metric]
        if run is not None:
            trial.set_user_attr("test", run["metrics"]["test"])
            trial.set_user_attr("folder", str(folder))
    settings = ", ".join(f"{path} {text}" for path, text in chosen.items())
    if value is None:
        trial.set_user_attr("error", error)
        study.tell(trial, state=TrialState.FAIL)
        say(f"  trial {trial.number}: failed ({error}): {settings}")
    else:
        study.tell(trial, value)
        say(f"  trial {trial.number}: valid {space.metric} {value:.4f}: {settings}")


def _drawn(trial: Trial, path: str, choice: tuple[Any, ...] | Range) -> Any:
    if not isinstance(choice, Range):
        # The journal knows texts and numbers: of others it is given the place.
        if all(isinstance(value, bool | int | float | str) for value in choice):
            return trial.suggest_categorical(path, choice)
        return choice[trial.suggest_categorical(path, range(len(choice)))]
    low, high, step = choice.low, choice.high, choice.step
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(path, low, high, step=int(step or 1), log=choice.log)
    return trial.suggest_float(path, low, high, step=step, log=choice.log)


def _write(study: optuna.Study, space: Space, out: Path) -> dict[str, Any]:
    ended = _ended(study)
    good = [trial for trial in ended if trial.value is not None]
    _write_table(ended, space, out / "trials.csv")
    if not good:
        raise CheckFailedError(
            f"trials: one at least must end well; all failed: {ended[-1].user_attrs['error']}"
        )
    best = study.best_trial
    file = Path(best.user_attrs["folder"]).with_suffix(".toml")
    (out / "best.toml").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    plot_history(good, space.metric, out / "history.png")
    files = ["best.toml", "trials.csv", "history.png"]
    if plot_importance(study, out / "importance.png"):
        files.append("importance.png")
    return {
        "files": files,
        "best": {
            "number": best.number,
            "value": best.value,
            "settings": {path: _plain(space, path, best.params[path]) for path in space.open},
        },
        "trials": len(ended),
        "failed": len(ended) - len(good),
    }


def _plain(space: Space, path: str, drawn: Any) -> Any:
    """Give what was chosen where the journal holds its place."""
    choice = space.open[path]
    if isinstance(choice, Range) or drawn in choice:
        return drawn
    value = choice[drawn]
    return list(value) if isinstance(value, tuple) else value


def _write_table(trials: list[FrozenTrial], space: Space, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["trial", f"valid_{space.metric}", *space.open, "error"])
        for trial in trials:
            settings = [_plain(space, each, trial.params.get(each)) for each in space.open]
            writer.writerow(
                [trial.number, trial.value, *settings, trial.user_attrs.get("error", "")]
            )
