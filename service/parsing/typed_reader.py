"""The fast way from a body to columns: JSON decoded straight into what a release expects."""

from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from model.features import FeatureSpec
from service.parsing.parts import Block, Columns, Parts

VALUES: dict[str, Any] = {
    "categorical": int | str | None,
    # A string in a numeric field is the missing level if it is empty; others are refused where they
    # are encoded.
    "numeric": int | float | str | None,
}
"""What a field of each kind may hold. A JSON boolean is none of these."""

_OTHERS: Any = float | str | bool | None
"""What another release's field may hold here: what may be read and forgotten with its rules kept, such
as that numbers are float64's. Whatever else it holds is for the exact way."""

_RELEASES = 4


class TypedReader:
    """Decodes bodies into rows whose fields and types are the release's.

    It takes a body if every field is known and every value of an accepted type, and says nothing
    about any other: the exact way finds out what is wrong, or ignores what is to be ignored. Where
    it takes a body, it reads what the exact way reads (a name that comes twice: the last counts),
    but that integers of any size come as they are.

    Args:
        spec: the release's fields.
        ranks: whether a context with candidates is kept apart, or merged into whole rows.
    """

    def __init__(self, spec: FeatureSpec, ranks: bool) -> None:
        self._spec = spec
        self._context = spec.positions("context")
        self._candidate = spec.positions("candidate")
        self._ranks = ranks and bool(self._context) and bool(self._candidate)
        self._decoder = lru_cache(_RELEASES)(self._make_decoder)

    def prepare(self, known: frozenset[str]) -> None:
        """Make ready for requests that may name these fields: that takes many times a request's time."""
        self._decoder(known)

    def read(self, body: bytes, known: frozenset[str], max_rows: int) -> Parts | None:
        """Read a body, or return ``None`` if it takes the exact way.

        Args:
            body: the whole body.
            known: fields of any loaded release; those that are not this one's are not read.
            max_rows: most rows that a request may have.
        """
        try:
            form = self._decoder(known).decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        given = (
            form.instances is not UNSET,
            form.context is not UNSET,
            form.candidates is not UNSET,
            form.columns is not UNSET,
        )
        if given == (True, False, False, False):
            return self._of_rows(form, max_rows)
        if given == (False, True, True, False):
            return self._of_ranking(form, max_rows)
        if given == (False, False, False, True):
            return self._of_columns(form, max_rows)
        return None

    def _of_rows(self, form: Any, max_rows: int) -> Parts | None:
        rows = form.instances
        if not 1 <= len(rows) <= max_rows:
            return None
        return Parts.whole(_columns(rows, len(self._spec.fields)), form)

    def _of_ranking(self, form: Any, max_rows: int) -> Parts | None:
        rows = form.candidates
        if not 1 <= len(rows) <= max_rows:
            return None
        shared = _columns([form.context], len(self._context))
        own = _columns(rows, len(self._candidate))
        if self._ranks:
            blocks = (Block(self._context, shared), Block(self._candidate, own))
            return Parts(blocks, len(rows), form)
        columns: Columns = [()] * len(self._spec.fields)
        for place, (value,) in zip(self._context, shared, strict=True):
            columns[place] = (value,) * len(rows)
        for place, column in zip(self._candidate, own, strict=True):
            columns[place] = column
        return Parts.whole(columns, form)

    def _of_columns(self, form: Any, max_rows: int) -> Parts | None:
        given = msgspec.structs.astuple(form.columns)
        lengths = {len(column) for column in given if column is not UNSET}
        if len(lengths) != 1 or not 1 <= (rows := lengths.pop()) <= max_rows:
            return None
        absent = (None,) * rows
        return Parts.whole(
            [
                absent if column is UNSET else tuple(column)
                for column in given[: len(self._spec.fields)]
            ],
            form,
        )

    def _make_decoder(self, known: frozenset[str]) -> msgspec.json.Decoder[Any]:
        """Make the decoder for requests that may name the fields of other releases too."""
        fields = self._spec.fields
        kinds = [(field.name, VALUES[field.kind]) for field in fields]
        others = [(name, _OTHERS) for name in sorted(known - set(self._spec.names))]
        context = [kinds[place] for place in self._context] + others
        candidate = [kinds[place] for place in self._candidate] + others
        form = msgspec.defstruct(
            "Form",
            [
                _member("instances", list[_struct("Instance", kinds + others)]),  # type: ignore[misc]
                _member("context", _struct("Context", context)),
                _member("candidates", list[_struct("Candidate", candidate)]),  # type: ignore[misc]
                _member("columns", _struct("Columns", _lists(kinds + others), UNSET)),
            ],
            forbid_unknown_fields=True,
            gc=False,
        )
        return msgspec.json.Decoder(form)


def _columns(rows: list[Any], fields: int) -> Columns:
    """Turn decoded rows into one tuple per field; those of other releases come last."""
    return list(zip(*map(msgspec.structs.astuple, rows), strict=True))[:fields]


def _lists(kinds: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, list[kind]) for name, kind in kinds]  # type: ignore[valid-type]


def _member(name: str, kind: Any) -> tuple[str, Any, Any]:
    """Describe a member that may be absent, and if it is there is not null."""
    return name, kind | UnsetType, UNSET


def _struct(title: str, kinds: list[tuple[str, Any]], absent: Any = None) -> Any:
    """Define an object of fields that may be absent; their names need not be Python's."""
    missing = UnsetType if absent is UNSET else None
    attributes = [(f"f{place}", kind | missing, absent) for place, (_, kind) in enumerate(kinds)]
    names = {f"f{place}": name for place, (name, _) in enumerate(kinds)}
    return msgspec.defstruct(title, attributes, rename=names, forbid_unknown_fields=True, gc=False)
