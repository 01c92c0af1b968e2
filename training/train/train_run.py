"""A training run from its configuration to its saved model."""

from pathlib import Path
from typing import Any

from model.console import progress, say
from model.errors import CheckFailedError, InvalidInputError
from model.trained import TrainedModel
from training.evaluate.metrics import auc, log_loss
from training.train.curves import plot_curves
from training.train.learner import Learner
from training.train.loop import Loop
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.run_folder import RunFolder
from training.train.scorer import Scorer
from training.train.train_state import TrainState
from training.train.versions import versions
from training.train.warm_start import WarmStart, warm_text
from training.writing import writing


def train(
    config: RunConfig,
    data: str | Path,
    out: str | Path,
    resume: bool = True,
    warm_start: str | Path | None = None,
) -> dict[str, Any]:
    """Train a model, or go on with training it.

    Args:
        config: of the run.
        data: a folder that ``dynint prepare`` wrote.
        out: the run's folder; a run that is there is resumed exactly, if it is the same run.
        resume: ``False`` to remove the run that is there and start anew.
        warm_start: the folder of a finished run, from whose best state this one starts. It is part
            of what the run is; to go on with the run it need not be there any more.

    Returns:
        What ``run.json`` holds at the end.

    Raises:
        InvalidInputError: for data, a folder or a warm start that cannot be used, or a full disk.
        CheckFailedError: if training diverged; the last good checkpoint is kept.
    """
    prepared = PreparedData.open(data)
    prepared.require_labels()
    folder = RunFolder(out)
    warm = None if warm_start is None else WarmStart(warm_start, out)
    with writing(folder.path), folder.locked():
        folder.check()
        identity = None if warm is None else warm.identity
        run = folder.find(config, prepared, identity) if resume else None
        if run is not None and folder.finished(run):
            say(f"{folder.path} is finished already; --no-resume would train it anew")
            return run
        work = _Run(config, prepared, folder, warm)
        record = warm.record(prepared) if warm and run is None else None
        # Only now, when nothing is left to refuse, does a new run take the folder.
        return work.finish(folder.start(config, prepared, record) if run is None else run)


class _Run:
    """One process' part of a run."""

    def __init__(
        self, config: RunConfig, data: PreparedData, folder: RunFolder, warm: WarmStart | None
    ) -> None:
        self.config = config
        self.data = data
        self.folder = folder
        self.warm = warm
        if warm is not None:
            warm.check(config, data)
        self.run: dict[str, Any] = {}
        self.splits = {name: data.split(name) for name in ("train", "valid", "test")}
        for name in ("valid", "test"):
            labels = self.splits[name].labels()
            if not 0 < labels.sum() < len(labels):
                raise InvalidInputError(
                    f"data: the {name} split must hold both classes, or its AUC is undefined; "
                    f"received {int(labels.sum())} clicks in {len(labels)} rows"
                )
        self.learner = Learner.build(config, len(data.spec.fields), data.vocabulary.n_rows)

    def finish(self, run: dict[str, Any]) -> dict[str, Any]:
        """Train to the end, from where the folder's newest checkpoint is."""
        self.run = run
        state = self._resumed() or self._started()
        loop = Loop(
            self.learner,
            self.splits["train"],
            self.splits["valid"],
            self.config.training,
            self.folder,
            state,
        )
        if not state.done:
            try:
                with progress("train", loop.total - state.step, "steps") as advance:
                    loop.run(advance)
            except CheckFailedError as error:
                self.folder.write(self.run | {"status": "diverged", "error": str(error)})
                raise
        return self._save(state, loop)

    def _resumed(self) -> TrainState | None:
        """Restore the newest checkpoint that can be read, if there is one."""
        checkpoints = self.folder.checkpoints
        for step in reversed(checkpoints.steps()):
            try:
                arrays, state = checkpoints.load(step)
            except CheckFailedError as error:
                say(f"{error}; going back to the one before")
                continue
            self.learner.restore(arrays)
            self.folder.metrics.rewind(step)
            say(f"resuming {self.folder.path} after step {step:,}")
            return state
        return None

    def _started(self) -> TrainState:
        """Be at the first step; a warm start is a checkpoint, with which its source has done."""
        self.folder.metrics.rewind(0)
        state = TrainState()
        if self.warm is not None:
            self.warm.apply(self.learner, self.config, self.data)
            self.folder.checkpoints.save(self.learner.arrays(), state)
            say(f"starting {warm_text(self.run['warm_start'])}")
        return state

    def _save(self, state: TrainState, loop: Loop) -> dict[str, Any]:
        """Write the best state and the last files."""
        if state.best is None:
            raise CheckFailedError("training: no evaluation gave a metric; received none")
        if state.best["step"] != state.step:
            self.learner.restore(self.folder.checkpoints.load(state.best["step"])[0])
        with self.learner.averaged():
            return self._save_best(state, state.best, loop)

    def _save_best(self, state: TrainState, found: dict[str, Any], loop: Loop) -> dict[str, Any]:
        best = found["step"]
        network, table = self.learner.network, self.learner.table
        labels, logits = Scorer(network, table).logits(self.splits["test"])
        metrics = {
            "valid": {name: found[name] for name in ("auc", "log_loss")},
            "test": {"auc": auc(labels, logits), "log_loss": log_loss(labels, logits)},
        }
        rows = table.table()
        info = {
            "config": self.config.to_dict(),
            "seed": self.config.training.seed,
            "step": best,
            "data": {key: value for key, value in self.run["data"].items() if key != "path"},
            "metrics": metrics,
        }
        if "warm_start" in self.run:
            started = self.run["warm_start"]
            info["warm_start"] = {key: value for key, value in started.items() if key != "run"}
        TrainedModel(network, rows, self.data.spec, self.data.vocabulary, info).save(
            self.folder.model
        )
        entries = self.folder.metrics.entries()
        plot_curves(network.name_in_zoo, state.curve, entries, best, self.folder.curves_file)
        self.run |= {
            "status": "finished",
            "versions": versions(),
            "steps": state.step,
            "epochs": round(state.step / loop.per_epoch, 4),
            "stopped_early": state.step < loop.total,
            "best_step": best,
            "metrics": metrics,
            "dense_parameters": int(
                sum(v.shape.num_elements() for v in network.trainable_variables)
            ),
            "zero_rows": int((~rows.any(axis=1)).sum()),
            "train_seconds": round(state.timed_seconds, 3),
            "examples_per_second": round(state.speed, 1),
        }
        self.run.pop("error", None)
        self.folder.write(self.run)
        return self.run
