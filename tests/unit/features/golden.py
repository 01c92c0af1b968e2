"""The frozen values, tokens and fingerprints of ``golden_vectors.json``."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from model.features import Field

ABSENT = object()
_SPECIAL = {"nan": float("nan"), "absent": ABSENT}


class Golden(NamedTuple):
    case: str
    field: Field
    value: Any
    token: str
    fingerprint: int


def _read(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return _SPECIAL[entry["special"]] if "special" in entry else entry["repeat"] * entry["times"]


def golden_vectors() -> list[Golden]:
    """Read the file; values that JSON has no words for are spelled as objects in it."""
    content = json.loads(Path(__file__).with_name("golden_vectors.json").read_text())
    return [
        Golden(
            entry["case"],
            Field(**entry["field"]),
            _read(entry["value"]),
            _read(entry["token"]),
            int(entry["fingerprint"]),
        )
        for entry in content["vectors"]
    ]
