"""Raw logs of a comparison, prepared as its plan says."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model.console import say
from model.errors import InvalidInputError
from training.prepare.request import PrepareRequest

RULES: dict[str, tuple[type, Any]] = {
    "format": (str, "criteo"),
    "calendar": (bool, False),
    "min_count": (int, None),
    "discretiser": (str, None),
    "split": (str, None),
    "split_by": (str, "hash"),
    "max_bad_lines": (int, None),
    "deal_anew": (bool, False),
}
"""The keys of a plan's ``[prepare]``: the type and the default of each."""


@dataclass(frozen=True)
class Raw:
    """Raw logs.

    Args:
        logs: all rows, or with ``valid`` and ``test`` the training split's.
        clicks: click logs, for formats that are joined.
        valid, test: logs that are these splits.
    """

    logs: tuple[Path, ...]
    clicks: tuple[Path, ...] = ()
    valid: tuple[Path, ...] = ()
    test: tuple[Path, ...] = ()

    def describe(self) -> dict[str, list[list[Any]]]:
        """Name every file with its size and its time of change."""
        return {
            role: [
                [str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns]
                for path in paths
            ]
            for role, paths in asdict(self).items()
        }


def parse_rules(table: Mapping[str, Any]) -> dict[str, Any]:
    """Check a plan's ``[prepare]`` and fill in the defaults.

    Raises:
        InvalidInputError: for an unknown key or a value of the wrong type.
    """
    for key, value in table.items():
        if key not in RULES:
            raise InvalidInputError(
                f"config: [prepare] keys must be of {tuple(RULES)}; received {key!r}"
            )
        kind = RULES[key][0]
        if type(value) is not kind:
            raise InvalidInputError(
                f"config: [prepare] {key} must be of type {kind.__name__}; received {value!r}"
            )
    return {key: table.get(key, default) for key, (_, default) in RULES.items()}


def prepare_raw(
    raw: Raw, rules: Mapping[str, Any], out: Path, seeds: tuple[int, ...]
) -> dict[int, Path]:
    """Prepare the logs below ``out``, once or, if they are dealt anew, once for each seed.

    What is there already from the same files by the same rules is not prepared again.

    Args:
        raw: the logs.
        rules: as ``parse_rules`` returns them.
        out: the comparison's folder.
        seeds: of the comparison.

    Returns:
        The prepared folder of each seed.

    Raises:
        InvalidInputError: if the logs or the rules cannot be used, or what is there is of others.
        FileNotFoundError: if a log is not there.
    """
    anew = rules["deal_anew"]
    return {
        seed: _prepared(raw, rules, out / (f"data-{seed}" if anew else "data"), seed if anew else 1)
        for seed in seeds
    }


def _prepared(raw: Raw, rules: Mapping[str, Any], folder: Path, seed: int) -> Path:
    wanted = {"files": raw.describe(), "rules": dict(rules), "seed": seed}
    note = folder.with_name(f"{folder.name}.source.json")
    if folder.exists():
        found = json.loads(note.read_text(encoding="utf-8")) if note.exists() else None
        if found != wanted:
            raise InvalidInputError(
                f"out: {folder} must be prepared from these logs by the plan's [prepare]; it was "
                "made from others, or by other rules. Take another --out, or remove it"
            )
        return folder
    say(f"compare: preparing {folder}")
    note.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    options = {key: value for key, value in rules.items() if key not in {"format", "deal_anew"}}
    PrepareRequest(
        logs=raw.logs,
        out=folder,
        log_format=rules["format"],
        spec=None,
        like=None,
        labelled=True,
        seed=seed,
        generate=None,
        day=None,
        overwrite=False,
        clicks=raw.clicks,
        valid=raw.valid,
        test=raw.test,
        **options,
    ).run()
    return folder
