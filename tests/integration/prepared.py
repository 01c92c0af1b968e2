"""Running ``dynint prepare`` as a user does, and reading what it wrote."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.prepare import SPLITS

DYNINT = [sys.executable, "-m", "dynint"]


def run_prepare(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(
        [*DYNINT, "prepare", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def read_split(folder: Path, split: str) -> Any:
    """Read one split, in the order of its files."""
    return pa.concat_tables(pq.read_table(path) for path in sorted((folder / split).iterdir()))


def read_all(folder: Path, names: tuple[str, ...]) -> dict[int, tuple[str, float, list[int]]]:
    """Read every split: row number -> split, label, table rows."""
    found = {}
    for split in SPLITS:
        table = read_split(folder, split)
        ids = np.stack([table[name].to_numpy() for name in names], axis=1)
        for row, label, entry in zip(
            table["row"].to_pylist(), table["label"].to_pylist(), ids.tolist(), strict=True
        ):
            assert row not in found
            found[row] = (split, label, entry)
    return found


def read_card(folder: Path) -> dict[str, Any]:
    """Read the data card."""
    return json.loads((folder / "data_card.json").read_bytes())


def read_sample(folder: Path) -> list[dict[str, Any]]:
    """Read the sample of raw test rows."""
    text = (folder / "sample.jsonl").read_text(encoding="utf-8")
    return [json.loads(entry) for entry in text.split("\n") if entry]


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder, by its path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
