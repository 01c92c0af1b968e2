"""What a body says, read once more by Python's own ``json`` and the rules of docs, not by our code.

It shares the encoder of the offline way with the gateway and nothing else.
"""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fuzz.telling_release import ENCODER, KNOWN, SPEC

DEEPEST = 1024
"""Nesting that the gateway's parser accepts; Python's stops somewhere below."""


class NotJsonError(ValueError):
    """RFC 8259, UTF-8, numbers within float64, no lone surrogates: one of these is broken."""


@dataclass
class Reading:
    """What must come of a body.

    Attributes:
        status: 200, 400 or 422.
        fingerprints: of every value, ``(rows, fields)``, if the status is 200.
        names: names of members anywhere in the body.
    """

    status: int
    fingerprints: NDArray[np.uint64] | None = None
    names: set[str] = field(default_factory=set)


def _constant(name: str) -> None:
    raise NotJsonError(name)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotJsonError("beyond float64")
    return value


def _integer(digits: str) -> int:
    if len(digits) > 400 or not math.isfinite(_as_float(digits)):
        raise NotJsonError("beyond float64")
    return int(digits)


def _as_float(digits: str) -> float:
    return float(digits)


def _strings(value: object, names: set[str]) -> None:
    """Look for lone surrogates, and collect names."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            try:
                each.encode()
            except UnicodeEncodeError:
                raise NotJsonError("a lone surrogate") from None
        elif isinstance(each, dict):
            names.update(each)
            stack += each
            stack += each.values()
        elif isinstance(each, list):
            stack += each


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Keep the last of equal names, and look at those that are lost too."""
    for each in pairs:
        _strings(list(each), set())
    return dict(pairs)


def read(body: bytes, max_rows: int) -> Reading | None:
    """Read a body; ``None`` if it is nested too deeply for this reader."""
    names: set[str] = set()
    try:
        content = json.loads(
            body.decode(),
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
            object_pairs_hook=_pairs,
        )
        _strings(content, names)
    except RecursionError:
        return None
    except ValueError:
        return Reading(400)
    rows = _rows(content, max_rows)
    if rows is None:
        return Reading(422, names=names)
    ours = [{name: value for name, value in row.items() if name in SPEC.names} for row in rows]
    return Reading(200, ENCODER.fingerprint_rows(ours), names)


def _rows(content: object, max_rows: int) -> list[dict[str, Any]] | None:
    """Return whole rows; ``None`` if a rule is broken."""
    if not isinstance(content, dict):
        return None
    members = set(content)
    if members == {"instances"}:
        rows = content["instances"]
        if not _are_rows(rows, max_rows) or not all(_fits(row, None) for row in rows):
            return None
        return rows
    if members == {"context", "candidates"}:
        context, rows = content["context"], content["candidates"]
        if not isinstance(context, dict) or not _fits(context, "context"):
            return None
        if not _are_rows(rows, max_rows) or not all(_fits(row, "candidate") for row in rows):
            return None
        return [context | row for row in rows]
    if members == {"columns"}:
        columns = content["columns"]
        if not isinstance(columns, dict) or not columns:
            return None
        if not all(isinstance(column, list) for column in columns.values()):
            return None
        lengths = {len(column) for column in columns.values()}
        if len(lengths) != 1 or not 1 <= max(lengths) <= max_rows:
            return None
        rows = [
            dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ]
        return rows if all(_fits(row, None) for row in rows) else None
    return None


def _are_rows(rows: object, max_rows: int) -> bool:
    return (
        isinstance(rows, list)
        and 1 <= len(rows) <= max_rows
        and all(isinstance(row, dict) for row in rows)
    )


def _fits(part: dict[str, Any], side: str | None) -> bool:
    sides = {each.name: each.side for each in SPEC.fields}
    kinds = {each.name: each.kind for each in SPEC.fields}
    for name, value in part.items():
        if name not in KNOWN:
            return False
        if name not in kinds:
            continue
        if side is not None and sides[name] != side:
            return False
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            return False
        if isinstance(value, int):
            if not -(2**63) <= value < 2**64:
                return False
        elif not isinstance(value, float if kinds[name] == "numeric" else str):
            return False
    return True
