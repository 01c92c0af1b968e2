"""The file that says what a study's folder is of."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from model.errors import InvalidInputError
from model.json_objects import read_object
from training.study import provenance
from training.study.case import Case
from training.study.plan import StudyPlan
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.versions import versions
from training.train.whole_file import write_whole

FILE = "study.json"


class Record:
    """``study.json``: what is studied, on which data, and in which sessions it was done.

    A session is a call of the command that trained something; it is written down after each run, so
    that one that was killed is there too.

    Args:
        path: the file.
        content: what it holds.
    """

    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self.path = path
        self.content = content
        self._begin = time.monotonic()

    @classmethod
    def open(cls, out: Path, plan: StudyPlan, cases: Sequence[Case], data: PreparedData) -> Self:
        """Begin a session; the folder may hold earlier ones of the same study.

        More seeds, values or models may come, and some may go; the settings of those that stay
        must stay too.

        Raises:
            InvalidInputError: if the folder is of another study, other data or other settings.
        """
        path = out / FILE
        sessions = _sessions(path, plan, cases, data) if path.exists() else []
        session = {
            "started": provenance.now(),
            "ended": provenance.now(),
            "seconds": 0.0,
            "runs": 0,
            "dynint": versions()["dynint"],
            "commit": provenance.commit(),
            "machine": provenance.machine(),
        }
        content = {
            "title": plan.title,
            "about": plan.about,
            "view": plan.view,
            "seeds": list(plan.base.seeds),
            "data": {
                "name": data.path.resolve().name,
                "digest": data.digest,
                "spec_digest": data.spec.digest,
                "vocabulary_digest": data.vocabulary.digest,
                "rows": dict(data.rows),
            },
            "cases": {case.label: case.config.to_dict() for case in cases},
            "sessions": [*sessions, session],
        }
        found = cls(path, content)
        found.write()
        return found

    def note(self, runs: int) -> None:
        """Write down how far the session is.

        Args:
            runs: that it trained.
        """
        self.content["sessions"][-1] |= {
            "ended": provenance.now(),
            "seconds": round(time.monotonic() - self._begin, 1),
            "runs": runs,
        }
        self.write()

    def write(self) -> None:
        """Write the file."""
        write_whole(self.path, json.dumps(self.content, indent=1) + "\n")


def _sessions(
    path: Path, plan: StudyPlan, cases: Sequence[Case], data: PreparedData
) -> list[dict[str, Any]]:
    """Check that a folder's study is the one that is wanted; returns its sessions."""
    before = read_object(path, {"title": str, "data": dict, "cases": dict, "sessions": list})
    if before["title"] != plan.title:
        raise InvalidInputError(
            f"out: must be of the same study; {path} is of {before['title']!r}, not of "
            f"{plan.title!r}. Give another folder"
        )
    digest = before["data"].get("digest")
    if digest != data.digest:
        raise InvalidInputError(
            f"out: must be of the same data; {path} is of {str(digest)[:12]}..., {data.path} is "
            f"{data.digest[:12]}.... Give another folder"
        )
    for case in cases:
        if case.label not in before["cases"]:
            continue
        differences = case.config.differences(RunConfig.parse(before["cases"][case.label]))
        if differences:
            raise InvalidInputError(
                f"out: must be of the same settings; {path} has others for {case.label!r}: now "
                f"{'; '.join(differences)}. Give another folder"
            )
    return [session for session in before["sessions"] if session["runs"]]
