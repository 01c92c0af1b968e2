"""Rows of raw values to one column per field, with every value's type checked: the exact way."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from model.features import Encoder
from service.parsing.parts import Columns
from service.parsing.query import Query
from service.parsing.violations import Violations

Row = dict[str, Any]

_ABSENT = type(None)
TYPES = {
    "categorical": frozenset({str, int, _ABSENT}),
    # A string in a numeric field is the missing level if it is empty; others are refused where they
    # are encoded.
    "numeric": frozenset({int, float, str, _ABSENT}),
}
"""Types that may be looked up among a field's levels; never bool, which equals 0 or 1 in a dict."""


class ColumnReader:
    """Reads the values of a release's fields out of a query.

    Args:
        encoder: the release's encoder.
        ignore_unknown: whether unknown fields are ignored instead of refused.
    """

    def __init__(self, encoder: Encoder, ignore_unknown: bool = False) -> None:
        spec = encoder.spec
        self._names = spec.names
        self._pick = _picker(spec.names)
        self._types = [TYPES[field.kind] for field in spec.fields]
        self._context, self._candidate = (
            frozenset(spec.names[place] for place in spec.positions(side))
            for side in ("context", "candidate")
        )
        self._ignore_unknown = ignore_unknown
        self._violations = Violations(encoder, ignore_unknown)

    def read(self, query: Query, known: frozenset[str]) -> tuple[Columns, int]:
        """Return the columns, in the spec's order, and how many unknown fields were ignored.

        Absent values are ``None``.

        Args:
            query: the request.
            known: fields of any loaded release, this one's among them. Those that are not this
                one's are accepted and not read.

        Raises:
            InvalidQueryError: if there is an unknown field, a field of the other side, or a value
                of a type that its field does not accept.
            MalformedBodyError: if there is and the body is nested too deeply to be parsed again.
        """
        if query.context is None:
            rows, ignored = self._rows(query, known)
        else:
            rows, ignored = self._merged_rows(query, query.context, known)
        columns: Columns = list(zip(*rows, strict=True))
        for column, types in zip(columns, self._types, strict=True):
            if not types.issuperset(map(type, column)):
                raise self.refuse(query, known)
        return columns, ignored

    def _rows(self, query: Query, known: frozenset[str]) -> tuple[list[tuple[Any, ...]], int]:
        """Read the values of instances; only rows with other fields than ours are looked at twice."""
        pick, names, count = self._pick, self._names, len(self._names)
        rows = []
        ignored = 0
        for row in query.rows:
            try:
                rows.append(pick(row))
                if len(row) == count:
                    continue
            except KeyError:
                rows.append(tuple(map(row.get, names)))
            if not row.keys() <= known:
                ignored += self._ignored(query, row, frozenset(), known)
        return rows, ignored

    def _merged_rows(
        self, query: Query, context: Row, known: frozenset[str]
    ) -> tuple[list[tuple[Any, ...]], int]:
        """Read the values of candidates with their context."""
        ignored = 0
        if not context.keys() <= known - self._candidate:
            ignored += self._ignored(query, context, self._candidate, known)
        allowed = known - self._context
        for row in query.rows:
            if not row.keys() <= allowed:
                ignored += self._ignored(query, row, self._context, known)
        return [tuple(map(row.get, self._names)) for row in query.merged()], ignored

    def _ignored(
        self, query: Query, part: Row, wrong_side: frozenset[str], known: frozenset[str]
    ) -> int:
        """Count a part's unknown fields, if they are to be ignored."""
        if not self._ignore_unknown or not wrong_side.isdisjoint(part):
            raise self.refuse(query, known)
        return len(part.keys() - known)

    def check_integers(self, query: Query, known: frozenset[str]) -> None:
        """Look for integers beyond 64 bits, which the fast parser has turned into floats.

        Raises:
            InvalidQueryError: if a field's value is one.
            MalformedBodyError: if the body is nested too deeply to be parsed again.
        """
        exact = query.exactly()
        if self._violations.find(exact, known):
            raise self._violations.error(exact, known)

    def refuse(self, query: Query, known: frozenset[str]) -> Exception:
        """Build the error of a query that breaks a rule, from integers as the body has them.

        Raises:
            MalformedBodyError: if the body is nested too deeply to be parsed again.
        """
        exact = query.exactly() if query.body else query
        return self._violations.error(exact, known)


def _picker(names: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    """Make a function that returns a row's values in order, or raises ``KeyError``."""
    pick: Callable[[Row], Any] = itemgetter(*names)
    return pick if len(names) > 1 else lambda row: (pick(row),)
