"""Checkpoints of a run: whole or absent, the newest two and the best."""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from model.errors import CheckFailedError
from model.trained.replace_folder import clear_leftovers, replace_folder
from training.train.learner import PARTS, Arrays
from training.train.train_state import TrainState

KEEP = 2
PREFIX = "step-"
_NAME = re.compile(rf"{PREFIX}([0-9]{{9}}|[1-9][0-9]{{9,}})")


class Checkpoints:
    """Folders ``step-<number>``, each with ``<part>.npz`` and ``state.json``.

    A checkpoint is written beside its place under a hidden name, flushed to the disk and renamed;
    older ones are removed only then. The archives carry a CRC-32 of each array, which reading
    checks. Nothing in them is a pickle.

    Args:
        path: the folder that holds them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def steps(self) -> list[int]:
        """Return the steps that have a checkpoint, ascending."""
        found = (_NAME.fullmatch(folder.name) for folder in self.path.glob(f"{PREFIX}*"))
        return sorted(int(match[1]) for match in found if match)

    def save(self, arrays: Arrays, state: TrainState) -> Path:
        """Write one, then remove those that are neither the newest two nor the best."""
        folder = self.folder(state.step)
        with replace_folder(folder) as staged:
            for part, named in arrays.items():
                arrays_by_name: dict[str, Any] = named
                np.savez(staged / f"{part}.npz", **arrays_by_name)
            text = json.dumps(state.to_json(), allow_nan=False)
            (staged / "state.json").write_text(text, encoding="utf-8")
        self._prune(state.best)
        return folder

    def load(self, step: int) -> tuple[Arrays, TrainState]:
        """Read one.

        Raises:
            CheckFailedError: if it is damaged or absent.
        """
        folder = self.folder(step)
        try:
            arrays: Arrays = {}
            for part in PARTS:
                with np.load(folder / f"{part}.npz", allow_pickle=False) as archive:
                    arrays[part] = {name: archive[name] for name in archive.files}
            text = (folder / "state.json").read_text(encoding="utf-8")
            return arrays, TrainState.from_json(json.loads(text))
        except Exception as error:  # a damaged file makes the readers of zip and npy raise anything
            raise CheckFailedError(
                f"checkpoint: {folder} must be whole; received {type(error).__name__}: {error}"
            ) from error

    def clean(self) -> None:
        """Remove what a killed process left half written; a folder of another name is kept."""
        names = {folder.name.split(".")[1] for folder in self.path.glob(f".{PREFIX}*")}
        for name in filter(_NAME.fullmatch, names):
            clear_leftovers(self.path / name)

    def folder(self, step: int) -> Path:
        """Return where the checkpoint of a step is, if there is one."""
        return self.path / f"{PREFIX}{step:09d}"

    def _prune(self, best: dict[str, int] | None) -> None:
        kept: Iterable[int] = {*self.steps()[-KEEP:], *([best["step"]] if best else [])}
        for step in self.steps():
            if step not in kept:
                shutil.rmtree(self.folder(step))
