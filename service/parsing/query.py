"""A parsed request: rows of raw values, and where in the body each came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.errors import InvalidQueryError
from service.parsing.json_body import decode, decode_exactly
from service.parsing.violation import Violation, json_type, pointer, shown_name

INSTANCES = frozenset({"instances"})
RANKING = frozenset({"context", "candidates"})
COLUMNS = frozenset({"columns"})
_FORMS = (
    'must be {"instances": [...]}, {"context": {...}, "candidates": [...]} or {"columns": {...}}'
)


@dataclass(frozen=True, slots=True)
class Query:
    """What a caller asks: a click probability for each row.

    Attributes:
        rows: one object of field name to raw value per row.
        context: what the rows have in common, in the ranking form; it is not in ``rows``.
        body: the bytes it was parsed from, for a second look where exactness asks for it.
        by_column: whether the rows came as columns.
    """

    rows: list[dict[str, Any]]
    context: dict[str, Any] | None = None
    body: bytes = b""
    by_column: bool = False

    @property
    def ranking(self) -> bool:
        """Tell whether it is a context with candidates."""
        return self.context is not None

    def pointer(self, row: int, field: str) -> str:
        """Write the place of a value of a (merged) row in the body."""
        if self.by_column:
            return pointer("columns", field, row)
        if self.context is None:
            return pointer("instances", row, field)
        if field in self.context and field not in self.rows[row]:
            return pointer("context", field)
        return pointer("candidates", row, field)

    def merged(self) -> list[dict[str, Any]]:
        """Return whole rows: each candidate with its context."""
        context = self.context
        return [{**context, **row} for row in self.rows] if context else self.rows

    def exactly(self) -> "Query":
        """Parse the body again, with integers of any size as they are.

        Raises:
            MalformedBodyError: if it is nested too deeply for that.
        """
        return read_query(decode_exactly(self.body), len(self.rows), self.body)


def parse_query(body: bytes, max_rows: int) -> Query:
    """Read the body of POST /predict.

    Args:
        body: the whole body.
        max_rows: most rows that one request may have.

    Raises:
        MalformedBodyError: if it is not JSON.
        InvalidQueryError: if it is JSON of another form, or of too many rows.
    """
    return read_query(decode(body), max_rows, body)


def read_query(content: object, max_rows: int, body: bytes) -> Query:
    """Read a decoded body; arguments and errors as ``parse_query``."""
    if type(content) is not dict:
        raise _refusal("#", _FORMS, json_type(content))
    if content.keys() == INSTANCES:
        return Query(_rows(content["instances"], "instances", max_rows), None, body)
    if content.keys() == COLUMNS:
        return Query(_transposed(content["columns"], max_rows), None, body, by_column=True)
    if content.keys() != RANKING:
        raise InvalidQueryError(_wrong_members(content))
    context = content["context"]
    if type(context) is not dict:
        raise _refusal(pointer("context"), "must be an object of fields", json_type(context))
    return Query(_rows(content["candidates"], "candidates", max_rows), context, body)


def _rows(rows: object, member: str, max_rows: int) -> list[dict[str, Any]]:
    if type(rows) is not list:
        raise _refusal(pointer(member), "must be an array of objects", json_type(rows))
    if not 1 <= len(rows) <= max_rows:
        raise _refusal(pointer(member), f"must have 1 to {max_rows:,} rows", f"{len(rows):,} rows")
    if set(map(type, rows)) != {dict}:
        wrong = [place for place, row in enumerate(rows) if type(row) is not dict]
        rule = "must be an object of fields"
        raise InvalidQueryError(
            [Violation(pointer(member, at), "", rule, json_type(rows[at])) for at in wrong[:10]],
            more=len(wrong) > 10,
        )
    return rows


def _transposed(columns: object, max_rows: int) -> list[dict[str, Any]]:
    """Turn columns into rows, each with a value of every column."""
    if type(columns) is not dict:
        raise _refusal(pointer("columns"), "must be an object of arrays", json_type(columns))
    wrong = [name for name, values in columns.items() if type(values) is not list]
    if wrong:
        rule = "must be an array of values, one per row"
        raise InvalidQueryError(
            [
                Violation(pointer("columns", shown_name(name)), "", rule, json_type(columns[name]))
                for name in wrong[:10]
            ],
            more=len(wrong) > 10,
        )
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        shown = f"{min(lengths):,} to {max(lengths):,} values"
        raise _refusal(pointer("columns"), "must be arrays of equal length", shown)
    rows = next(iter(lengths), 0)
    if not 1 <= rows <= max_rows:
        raise _refusal(pointer("columns"), f"must have 1 to {max_rows:,} rows", f"{rows:,} rows")
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _wrong_members(content: Mapping[str, object]) -> list[Violation]:
    """Say which members are too many, or that the one needed is absent; at most ten."""
    wanted = next((form for form in (RANKING, COLUMNS) if content.keys() & form), INSTANCES)
    unknown = [name for name in content if name not in wanted]
    if unknown:
        return [
            Violation(pointer(shown_name(name)), "", _FORMS, "a member that does not belong")
            for name in unknown[:10]
        ]
    absent = ", ".join(sorted(wanted - content.keys()))
    return [Violation("#", "", _FORMS, f"no {absent}")]


def _refusal(place: str, rule: str, received: str) -> InvalidQueryError:
    return InvalidQueryError([Violation(place, "", rule, received)])
