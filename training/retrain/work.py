"""The work folder: a folder for each run, and what is known of releases."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from model.console import say
from model.errors import InvalidInputError
from model.json_objects import read_object
from training.retrain.config import RetrainConfig
from training.retrain.journal import ABANDONED, FILE, PROMOTED, REFUSED, RUNNING, Journal
from training.train.whole_file import write_whole

_RUN = re.compile(r"(\d{4}-\d\d-\d\d)-([1-9][0-9]*)")


@dataclass(frozen=True)
class Known:
    """What a retraining must know of the release that is live.

    Attributes:
        digest: of its manifest.
        folder: of the run that made it.
        learnt: the last day that it has learnt from.
    """

    digest: str
    folder: Path
    learnt: date


OWNER = "model.json"


def bind(config: RetrainConfig) -> None:
    """Give a work folder to one model of one release root, for good.

    Raises:
        InvalidInputError: if it is another's: its runs would be taken for this one's.
    """
    wanted = {"root": str(Path(config.release.root).resolve()), "name": config.release.name}
    path = config.work / OWNER
    if not path.exists():
        write_whole(path, json.dumps(wanted) + "\n")
    elif (found := read_object(path)) != wanted:
        raise InvalidInputError(
            f"config: work: {config.work} must be this model's own ({wanted['name']} in "
            f"{wanted['root']}); it is that of {found.get('name')} in {found.get('root')}. "
            f"If one was moved, remove {path}"
        )


class Work:
    """A work folder's runs, ``<day>-<attempt>``.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def runs(self) -> list[Path]:
        """List the runs' folders, oldest day first, attempts in order."""
        if not self.path.is_dir():
            return []
        found = {each: _RUN.fullmatch(each.name) for each in self.path.iterdir()}
        ordered = sorted((match[1], int(match[2]), each) for each, match in found.items() if match)
        return [each for _, _, each in ordered if (each / FILE).is_file()]

    def known(self, digest: str) -> Known | None:
        """Find the run that published a release; ``None`` if none here did."""
        for journal in reversed(self.journals()):
            if journal.done("publish") and journal.result("publish")["digest"] == digest:
                learnt = date.fromisoformat(journal.result("collect")["day"])
                return Known(digest, journal.folder, learnt)
        return None

    def journals(self) -> list[Journal]:
        """Read the runs' journals, in the order of ``runs``; a damaged one is said, and passed over."""
        found = []
        for folder in self.runs():
            try:
                found.append(Journal.load(folder))
            except InvalidInputError as error:
                say(f"warning: {error}; this run counts as none")
        return found

    def unfinished(self) -> list[Journal]:
        """List the runs that were cut off, oldest first."""
        return [run for run in self.journals() if run.outcome == RUNNING]

    def last_over(self) -> Journal | None:
        """Find the run that came to its end last, promoted or refused; ``None`` if none did."""
        over = [run for run in self.journals() if run.outcome in {PROMOTED, REFUSED}]
        return max(reversed(over), key=lambda run: run.ended_s, default=None)

    def latest(self, identity: Mapping[str, Any]) -> Journal | None:
        """Find the last run of this identity that no other took the place of."""
        mine = [
            run for run in self.journals() if run.identity == identity and run.outcome != ABANDONED
        ]
        return mine[-1] if mine else None

    def journal(self, day: date, identity: Mapping[str, Any], again: bool) -> Journal:
        """Find the run to go on with, or that is over already; else begin one.

        Args:
            day: of the newest file.
            identity: what the run is of.
            again: begin a new one although this one is over.

        Raises:
            InvalidInputError: if the run's folder cannot be made.
        """
        same = self.latest(identity)
        if same is not None and (same.outcome == RUNNING or not again):
            return same
        attempts = [
            int(found[2])
            for folder in self.path.glob(f"{day}-*")
            if (found := _RUN.fullmatch(folder.name))
        ]
        folder = self.path / f"{day}-{max(attempts, default=0) + 1}"
        try:
            folder.mkdir()
        except OSError as error:
            raise InvalidInputError(
                f"config: work: {folder} cannot be made; {error.strerror}"
            ) from error
        journal = Journal(folder / FILE, identity)
        journal.write()
        return journal


KEPT = ("journal.json", "report.html", "report.json")
"""What stays of a run whose model is not live and not waiting to be gone back to."""


def clear(folder: Path) -> None:
    """Remove what is large of a run: data, model, checkpoints."""
    for entry in folder.iterdir():
        if entry.name in KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
