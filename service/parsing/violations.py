"""The slow look at a query that broke a rule: which values, where, why."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from model.errors import FeatureError
from model.features import Encoder, FieldEncoder
from service.errors import InvalidQueryError
from service.parsing.query import Query
from service.parsing.violation import LIMIT, Violation, json_type, pointer, shown_name

_UNKNOWN = "must be a field of the model (GET /v1/models lists them)"
_SIDES = {
    "context": ("belongs to the context and must be given there", "it in a candidate"),
    "candidate": ("belongs to the candidates and must be given in each", "it in the context"),
}


class Violations:
    """Finds what a release refuses in a query.

    Args:
        encoder: the release's encoder, whose words are used.
        ignore_unknown: whether unknown fields are no violation.
    """

    def __init__(self, encoder: Encoder, ignore_unknown: bool = False) -> None:
        self._fields = {field.field.name: field for field in encoder.fields}
        self._ignore_unknown = ignore_unknown

    def find(self, query: Query, known: frozenset[str]) -> list[Violation]:
        """List the first violations, in the body's order: at most one more than are shown.

        Args:
            query: the request.
            known: fields of any loaded release.
        """
        return list(islice(self._all(query, known), LIMIT + 1))

    def error(self, query: Query, known: frozenset[str]) -> InvalidQueryError:
        """Build the error of a query that is known to break a rule.

        Raises:
            RuntimeError: if it breaks none, that is if the fast checks and this one contradict each
                other.
        """
        found = self.find(query, known)
        if not found:
            raise RuntimeError("query: must break a rule that can be named; received a valid one")
        return InvalidQueryError(found[:LIMIT], more=len(found) > LIMIT)

    def _all(self, query: Query, known: frozenset[str]) -> Iterator[Violation]:
        if query.by_column:
            yield from self._columns(query, known)
            return
        if query.context is not None:
            yield from self._part(query.context, partial(pointer, "context"), known, "candidate")
        member = "candidates" if query.ranking else "instances"
        wrong_side = "context" if query.ranking else None
        for place, row in enumerate(query.rows):
            yield from self._part(row, partial(pointer, member, place), known, wrong_side)

    def _columns(self, query: Query, known: frozenset[str]) -> Iterator[Violation]:
        """List those of columns; an unknown one is named once, not in every row."""
        for place, row in enumerate(query.rows):
            part = {name: row[name] for name in row if place == 0 or name in self._fields}

            def place_of(name: str, at: int = place) -> str:
                return pointer("columns", name, at)

            yield from self._part(part, place_of, known, None)

    def _part(
        self,
        part: Mapping[str, Any],
        place_of: Callable[[str], str],
        known: frozenset[str],
        wrong_side: str | None,
    ) -> Iterator[Violation]:
        for name, value in part.items():
            encoder = self._fields.get(name)
            if encoder is None:
                if name not in known and not self._ignore_unknown:
                    shown = shown_name(name)
                    yield Violation(place_of(shown), shown, _UNKNOWN, "an unknown name")
            elif encoder.field.side == wrong_side:
                yield Violation(place_of(name), name, *_SIDES[wrong_side])
            elif type(value) is not str or (value and encoder.field.kind == "numeric"):
                yield from _value(encoder, value, place_of(name))


def _value(encoder: FieldEncoder, value: object, place: str) -> Iterator[Violation]:
    try:
        encoder.fingerprint(value)
    except FeatureError as error:
        received = error.received if type(value) is int else json_type(value)
        yield Violation(place, error.field, error.rule, received)
