"""The folder of a training run."""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model.console import say
from model.errors import InvalidInputError
from model.json_objects import read_object
from model.trained.file_digests import check_digests
from model.trained.replace_folder import clear_leftovers
from training.train.checkpoints import Checkpoints
from training.train.metrics_log import MetricsLog
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.whole_file import write_whole

CLEARING = "clearing"
"""The status of a run whose folder is being emptied for it."""


class RunFolder:
    """Where a run's files are.

    ``config.toml`` (resolved), ``run.json`` (what went in and what came out), ``metrics.jsonl``,
    ``curves.png``, ``model/`` (the best state, as a ``TrainedModel``) and ``checkpoints/``.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config_file = self.path / "config.toml"
        self.run_file = self.path / "run.json"
        self.curves_file = self.path / "curves.png"
        self.model = self.path / "model"
        self.metrics = MetricsLog(self.path / "metrics.jsonl")
        self.checkpoints = Checkpoints(self.path / "checkpoints")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second process out; a killed process leaves no lock behind.

        Raises:
            InvalidInputError: if another process trains here, or the path is no folder that can be
                written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / ".lock").open("w")
        except OSError as error:
            raise InvalidInputError(
                f"out: must be a folder that can be written; {self.path}: {error.strerror}"
            ) from error
        with file as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InvalidInputError(
                    f"out: must not be in use; another 'dynint train' is at work in {self.path}"
                ) from error
            yield

    def find(
        self, config: RunConfig, data: PreparedData, warm: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Find the run that is there, check that it is the one to go on with, and tidy up after it.

        Args:
            config: of the run that is wanted.
            data: what that trains on.
            warm: what that starts from (``WarmStart.identity``), if it starts warm.

        Returns:
            What ``run.json`` holds; ``None`` if there is no run, or its removal was cut short.

        Raises:
            InvalidInputError: if ``run.json`` is damaged, or its run has another configuration or
                other data, or started from something else.
        """
        if not self.run_file.exists():
            return None
        try:
            run = self.read()
            before = RunConfig.parse(run["config"])
        except InvalidInputError as error:
            raise InvalidInputError(
                f"out: {self.path} must hold a run that can be read; {error}. Choose another --out, "
                "or start anew with --no-resume"
            ) from error
        if run["status"] == CLEARING:
            return None
        started = _started_elsewhere(run.get("warm_start"), warm)
        self._compare(run, [*config.differences(before), *started], data)
        clear_leftovers(self.model)
        self.checkpoints.clean()
        return run

    def finished(self, run: dict[str, Any]) -> bool:
        """Whether a run says that it is finished, and has what it then should have.

        Raises:
            InvalidInputError: if a file of its model was altered since.
        """
        if run["status"] != "finished" or "metrics" not in run:
            return False
        try:
            check_digests(self.model)
        except FileNotFoundError as error:
            say(f"{error.filename} is gone; making the model anew from the run's checkpoint")
            return False
        return True

    def start(
        self, config: RunConfig, data: PreparedData, warm: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Start a run anew; the files of one that is there are removed, and nothing else.

        Until they all are, ``run.json`` says so: a process killed meanwhile leaves no run that
        could be taken for whole. ``warm`` is kept in it: what the run starts from, if not from its
        seed alone.

        Returns:
            What ``run.json`` holds.

        Raises:
            InvalidInputError: if the folder is not a run's.
            OSError: if a file cannot be removed or written.
        """
        self.check()
        run: dict[str, Any] = {
            "status": CLEARING,
            "config": config.to_dict(),
            "seed": config.training.seed,
            "data": {
                "path": str(data.path.resolve()),
                "digest": data.digest,
                "spec_digest": data.spec.digest,
                "vocabulary_digest": data.vocabulary.digest,
                "table_rows": data.vocabulary.n_rows,
            },
        }
        if warm is not None:
            run["warm_start"] = dict(warm)
        self.write(run)
        clear_leftovers(self.model)
        for folder in (self.checkpoints.path, self.model):
            if folder.exists():
                shutil.rmtree(folder)
        for file in (self.metrics.path, self.curves_file, self.config_file):
            file.unlink(missing_ok=True)
        write_whole(self.config_file, config.to_toml())
        run["status"] = "running"
        self.write(run)
        return run

    def check(self) -> None:
        """Check that the folder is a run's or empty.

        Raises:
            InvalidInputError: if it holds anything else.
        """
        present = {file.name for file in self.path.iterdir()} - {".lock", ".run.json.new"}
        if present and not self.run_file.exists():
            raise InvalidInputError(
                f"out: must be empty or a run's folder; {self.path} has {sorted(present)[:3]} "
                "and no run.json"
            )

    def read(self) -> dict[str, Any]:
        """Read ``run.json``.

        Raises:
            InvalidInputError: if it is damaged.
            FileNotFoundError: if it is not there.
        """
        return read_object(self.run_file, {"status": str, "config": dict, "data": dict})

    def write(self, run: dict[str, Any]) -> None:
        """Write ``run.json``."""
        write_whole(self.run_file, json.dumps(run, indent=2, allow_nan=False) + "\n")

    def _compare(self, run: dict[str, Any], differences: list[str], data: PreparedData) -> None:
        for name, digest in {
            "digest": data.digest,
            "spec_digest": data.spec.digest,
            "vocabulary_digest": data.vocabulary.digest,
        }.items():
            before = str(run["data"].get(name, "not known"))
            if before != digest:
                differences.append(f"data {name} is {digest[:12]}..., not {before[:12]}...")
        if differences:
            raise InvalidInputError(
                f"out: {self.path} holds a run with another configuration or other data: "
                f"{'; '.join(differences)}. Choose another --out; dynint train --no-resume starts anew"
            )


def _started_elsewhere(
    before: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None
) -> list[str]:
    """Say in what the warm start of the run that is there differs from the one that is wanted.

    A source that is gone is known by its path alone.
    """
    if before is None or wanted is None:
        names = [str(each["run"]) if each else "none" for each in (wanted, before)]
        return [] if before is wanted else [f"warm-start is {names[0]}, not {names[1]}"]
    digests = [key for key in ("model_digest", "checkpoint_digest") if key in wanted]
    return [
        f"warm-start {key} is {str(wanted[key])[:200]}, not {str(before.get(key))[:200]}"
        for key in digests or ["run"]
        if wanted[key] != before.get(key)
    ]
