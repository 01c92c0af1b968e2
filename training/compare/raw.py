"""Raw logs of a comparison, prepared as its plan says."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model.bundle.file_digest import FileDigest
from model.console import say
from model.errors import InvalidInputError
from training.prepare.request import PrepareRequest
from training.train.whole_file import write_whole

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

    def describe(self) -> dict[str, list[str]]:
        """Give the SHA-256 of every file, in order."""
        return {
            role: [FileDigest.measure(path).sha256 for path in paths]
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
    if anew and (raw.valid or raw.test):
        raise InvalidInputError(
            "config: [prepare] deal_anew must be false where --valid or --test say which rows are "
            "which; received true"
        )
    return {
        seed: _prepared(raw, rules, out / (f"data-{seed}" if anew else "data"), seed if anew else 1)
        for seed in seeds
    }


def _prepared(raw: Raw, rules: Mapping[str, Any], folder: Path, seed: int) -> Path:
    wanted = {**raw.describe(), **rules, "seed": seed}
    note = folder.with_name(f"{folder.name}.source.json")
    if folder.exists():
        found = _noted(note)
        changed = sorted(key for key in wanted if found.get(key, RULES.get(key)) != wanted[key])
        if changed:
            raise InvalidInputError(
                f"out: {folder} must be prepared from these logs by the plan's [prepare]; it "
                f"differs in {', '.join(changed)}. Take another --out, or remove it"
            )
        return folder
    say(f"compare: preparing {folder}")
    write_whole(note, json.dumps(wanted, indent=1) + "\n")
    options = {key: value for key, value in rules.items() if key not in {"format", "deal_anew"}}
    try:
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
    except InvalidInputError as error:
        raise InvalidInputError(f"config: [prepare] {error}") from error
    return folder


def _noted(note: Path) -> dict[str, Any]:
    """Read what a folder was prepared from; of one that says nothing everything differs."""
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
