"""The folder of a training run."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from training.train.checkpoints import Checkpoints
from training.train.metrics_log import MetricsLog
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.whole_file import write_whole


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
            InvalidInputError: if another process trains here, or the path is a file.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidInputError(f"out: must be a folder; received {self.path}") from error
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InvalidInputError(
                    f"out: must not be in use; another 'dynint train' is at work in {self.path}"
                ) from error
            yield

    def begin(self, config: RunConfig, data: PreparedData, resume: bool) -> dict[str, Any]:
        """Start a run, or check that this one is the one to go on with.

        Args:
            config: of this run.
            data: what it trains on.
            resume: whether to go on with a run that is there; otherwise its files are removed.

        Returns:
            What ``run.json`` holds.

        Raises:
            InvalidInputError: if the folder is not a run's, or its run has another configuration or
                other data.
        """
        present = {file.name for file in self.path.iterdir()} - {".lock"}
        if present and not self.run_file.exists() and not present <= {".run.json.new"}:
            raise InvalidInputError(
                f"out: must be empty or a run's folder; {self.path} has {sorted(present)[:3]} "
                "and no run.json"
            )
        if self.run_file.exists() and resume:
            run = self.read()
            self._check(run, config, data)
            self.checkpoints.clean()
            return run
        self._clear()
        run = {
            "status": "running",
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
        self.write(run)
        write_whole(self.config_file, config.to_toml())
        return run

    def read(self) -> dict[str, Any]:
        """Read ``run.json``."""
        run: dict[str, Any] = json.loads(self.run_file.read_text(encoding="utf-8"))
        return run

    def write(self, run: dict[str, Any]) -> None:
        """Write ``run.json``."""
        write_whole(self.run_file, json.dumps(run, indent=2, allow_nan=False) + "\n")

    def _clear(self) -> None:
        """Remove a run's files, ``run.json`` last, and nothing else."""
        for folder in (self.checkpoints.path, self.model):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.metrics.path, self.curves_file, self.config_file, self.run_file):
            file.unlink(missing_ok=True)

    def _check(self, run: dict[str, Any], config: RunConfig, data: PreparedData) -> None:
        before = RunConfig.parse(run["config"])
        differences = config.differences(before)
        for name, digest in {
            "digest": data.digest,
            "spec_digest": data.spec.digest,
            "vocabulary_digest": data.vocabulary.digest,
        }.items():
            if run["data"][name] != digest:
                differences.append(
                    f"data {name} is {digest[:12]}..., not {run['data'][name][:12]}..."
                )
        if differences:
            raise InvalidInputError(
                f"out: {self.path} holds a run with another configuration or other data: "
                f"{'; '.join(differences)}. Choose another --out, or start anew with --no-resume"
            )
