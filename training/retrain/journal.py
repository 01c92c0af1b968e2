"""What a retraining has done: one file, replaced whole at each step."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from model.json_objects import read_object
from training.train.whole_file import write_whole

FILE = "journal.json"

RUNNING = "running"
PROMOTED = "promoted"
REFUSED = "refused"
ABANDONED = "abandoned"
"""Outcomes. A run that is running can be gone on with; the others are over."""


@dataclass
class Journal:
    """A run's record.

    Attributes:
        path: ``journal.json`` in the run's folder.
        identity: what the run is of: configuration, files, live release. Another is another run.
        outcome: ``running``, ``promoted``, ``refused`` or ``abandoned``.
        reason: of a refusal; of a failure that the next run tries again.
        steps: by name, in order: ``began``, ``seconds`` and ``result`` of those that are done.
        ended: when it was over, in ISO 8601; empty until then.
    """

    path: Path
    identity: Mapping[str, Any]
    outcome: str = RUNNING
    reason: str = ""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: str = ""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a run's journal.

        Raises:
            InvalidInputError: if it is damaged.
            FileNotFoundError: if there is none.
        """
        path = folder / FILE
        needs = {"identity": dict, "outcome": str, "reason": str, "steps": dict}
        content = read_object(path, needs)
        found = cls(path, *(content[key] for key in needs))
        found.ended = str(content.get("ended", ""))  # an older record has none
        return found

    @property
    def folder(self) -> Path:
        """The run's."""
        return self.path.parent

    def write(self) -> None:
        """Replace the file."""
        content = {
            "identity": dict(self.identity),
            "outcome": self.outcome,
            "reason": self.reason,
            "steps": self.steps,
            "ended": self.ended,
        }
        write_whole(self.path, json.dumps(content, indent=1, allow_nan=False) + "\n")

    def end(self, outcome: str, reason: str = "") -> None:
        """Say how the run ended."""
        self.outcome, self.reason, self.ended = outcome, reason, _now()
        self.write()

    @property
    def ended_s(self) -> float:
        """When it was over, in seconds since 1970; now, if it is not.

        Of a record that does not say so, an older one's, it is when the file was written.
        """
        if self.outcome == RUNNING:
            return time.time()
        try:
            return datetime.fromisoformat(self.ended).timestamp()
        except ValueError:
            return self.path.stat().st_mtime

    def done(self, step: str) -> bool:
        """Tell whether a step was done."""
        return "result" in self.steps.get(step, {})

    def result(self, step: str) -> Any:
        """Return what a step that was done found."""
        return self.steps[step]["result"]

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Record a step; what the block puts into the dictionary is its result.

        The record is written before the block and after it. A step that was begun and is not done
        was cut off: it is done again, and must be such that this is harmless.
        """
        began = time.monotonic()
        self.steps[name] = {"began": _now()}
        self.write()
        result: dict[str, Any] = {}
        yield result
        self.steps[name] |= {"seconds": round(time.monotonic() - began, 3), "result": result}
        self.write()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
