"""The file with one JSON object per evaluation."""

import json
from pathlib import Path
from typing import Any

from model.json_objects import read_objects
from training.train.whole_file import write_whole

_NEEDED = {"step": int}


class MetricsLog:
    """``metrics.jsonl``.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entry: dict[str, Any]) -> None:
        """Add one line."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, allow_nan=False) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        """Return the lines; a last one that was cut short by a kill is left out.

        Raises:
            InvalidInputError: if another line is damaged.
        """
        if not self.path.exists():
            return []
        return read_objects(self.path, _NEEDED)

    def rewind(self, step: int) -> None:
        """Remove the evaluations after ``step``, which a resumed run makes again."""
        kept = [entry for entry in self.entries() if entry["step"] <= step]
        write_whole(self.path, "".join(json.dumps(entry) + "\n" for entry in kept))
