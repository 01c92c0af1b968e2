"""A log of one's own, described in a TOML file (docs/datasets.md shows one)."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from model.features.field import KINDS, SIDES
from training.datasets.base_format import LogFormat, refuse_reserved
from training.datasets.column import Column
from training.datasets.delimited_format import DelimitedFormat
from training.datasets.parquet_format import PARQUET, ParquetFormat, parquet_names
from training.datasets.rules import PLAIN_RULES, TIME_RULES, Rule, TimeLayout
from training.datasets.table import Table

DESCRIPTION = ".toml"

_TEXT_KEYS = ("separator", "header", "quoted", "columns")
_KEYS = (
    *_TEXT_KEYS, "label", "discretiser", "ignored", "others", "time", "fields", "derived",
)  # fmt: skip
_OTHERS = ("ignored", *SIDES)


def described_format(path: Path, logs: Sequence[Path]) -> LogFormat:
    """Read a description, and complete it by the columns of the first log.

    Raises:
        InvalidInputError: naming the file and the key, if a rule is broken; or the columns that the
            log has and the description does not mention.
        FileNotFoundError: if the description, or the first log, is not there.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInputError(f"{path}: must be TOML in UTF-8; {error}") from error
    if not logs:
        raise InvalidInputError("LOG: name at least one log for a format that a TOML describes")
    table = Table(str(path), content, _KEYS)
    columns = [*_fields(table), *_derived(table)]
    time = table.table("time", ("column", "layout"))
    shared: dict[str, Any] = {
        "name": path.name,
        "about": f"as {path.name} describes it",
        "label": table.text("label"),
        "time_column": time.text("column") if time else None,
        "time_layout": _layout(time) if time else "",
    }
    if table.has("discretiser"):
        shared["default_discretiser"] = table.text("discretiser")

    in_parquet = {log.suffix.lower() == PARQUET for log in logs}
    if len(in_parquet) > 1:
        raise InvalidInputError(
            f"logs: must all be {PARQUET} files, or none; received {len(logs)} of both kinds"
        )
    if in_parquet == {True}:
        for key in _TEXT_KEYS:
            if table.has(key):
                raise table.refusal(key, "describes text; it must be absent for Parquet logs", key)
        columns += _others(table, columns, parquet_names(logs[0]), shared, logs[0])
        return ParquetFormat(columns=_some(table, columns), **shared)
    shared |= _text(table)
    draft = DelimitedFormat(columns=(), **shared)
    names = list(draft.line_columns) or draft.first_line(logs[0])
    columns += _others(table, columns, names, shared, logs[0])
    if draft.line_columns:
        _check_line(table, columns, names, shared)
    return DelimitedFormat(columns=_some(table, columns), **shared)


def _text(table: Table) -> dict[str, Any]:
    """Read what describes lines."""
    separator = table.text("separator")
    if len(separator) != 1 or not separator.isascii() or separator in '"\r\n':
        rule = "must be one character of ASCII, no quote and no line end"
        raise table.refusal("separator", rule, separator)
    header = table.flag("header", True)
    if header and table.has("columns"):
        raise table.refusal("columns", "must be absent where there is a header", "both")
    if not header and not table.texts("columns"):
        raise table.refusal("columns", "must list a line's columns if header = false", "none")
    return {
        "separator": separator,
        "header": "first line" if header else "none",
        "quoted": table.flag("quoted", True),
        "line_columns": tuple(table.texts("columns")),
    }


def _fields(table: Table) -> list[Column]:
    found = []
    for name, entry in table.tables("fields", ("kind", "side", "from")):
        kind, side = entry.one_of("kind", KINDS), entry.one_of("side", SIDES)
        source = entry.text("from") if entry.has("from") else ""
        found.append(Column(name, kind, side, source))
    return found


def _derived(table: Table) -> list[Column]:
    found = []
    for name, entry in table.tables("derived", ("from", "rule", "layout", "side")):
        side = entry.one_of("side", SIDES)
        found.append(Column(name, "categorical", side, entry.text("from"), _rule(entry)))
    return found


def _rule(entry: Table) -> Rule:
    name = entry.one_of("rule", (*TIME_RULES, *PLAIN_RULES))
    if name in TIME_RULES:
        return TIME_RULES[name](_layout(entry))
    if entry.has("layout"):
        raise entry.refusal("layout", f"must be absent for the rule {name}", entry.text("layout"))
    return PLAIN_RULES[name]


def _layout(entry: Table) -> str:
    layout = entry.text("layout")
    try:
        TimeLayout(layout)
    except InvalidInputError as error:
        raise InvalidInputError(f"{entry.where}: {error}") from error
    return layout


def _others(
    table: Table,
    columns: Sequence[Column],
    names: Sequence[str],
    shared: dict[str, Any],
    log: Path,
) -> list[Column]:
    """Make fields of the columns that the description does not mention, or refuse them."""
    mentioned = {shared["label"], shared["time_column"], *table.texts("ignored")}
    mentioned |= {column.raw for column in columns}
    rest = [name for name in names if name not in mentioned]
    if not table.has("others"):
        if rest:
            raise table.refusal(
                "others", f"must say what the other columns of {log} are", ", ".join(rest[:20])
            )
        return []
    side = table.one_of("others", _OTHERS)
    if side == "ignored":
        return []
    twice = sorted({name for name in rest if rest.count(name) > 1})
    if twice:
        raise InvalidInputError(
            f"{log}: must have each column once; received {', '.join(twice)} more than once"
        )
    # A misspelt one would become a field, which is what its author meant to rule out.
    unknown = [name for name in table.texts("ignored") if name not in names]
    if unknown:
        rule = f"must be columns of {log} where others = {side!r} makes fields of the rest"
        raise table.refusal("ignored", rule, ", ".join(unknown[:20]))
    return [Column(name, "categorical", side) for name in rest]


def _check_line(
    table: Table, columns: Sequence[Column], names: Sequence[str], shared: dict[str, Any]
) -> None:
    """Refuse a list of a line's columns without one that is needed, or with one twice."""
    needed = [shared["label"], shared["time_column"], *(column.raw for column in columns)]
    for name in needed:
        if name is not None and name not in names:
            raise table.refusal("columns", f"must have {name!r}", ", ".join(names))
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise table.refusal("columns", "must be different", ", ".join(twice))


def _some(table: Table, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the fields, if they are some, each once, and none is the label."""
    label = table.text("label")
    for column in columns:
        if column.raw == label:
            raise table.refusal("fields", "must not read the label's column", column.name)
    names = [column.name for column in columns]
    refuse_reserved(f"{table.where}: fields", names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        rule = "and derived must make at least one field, each once"
        raise table.refusal("fields", rule, ", ".join(twice) or "none")
    return tuple(columns)
