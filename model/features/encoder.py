"""From rows or columns of raw values to fingerprints."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from model.errors import FeatureError, InvalidInputError, UnknownFieldError
from model.features.feature_spec import FeatureSpec
from model.features.field_encoder import FieldEncoder

_SHOWN = 64
"""An unknown field's name is the caller's text: show so many characters of it."""


class Problem(NamedTuple):
    """What is wrong in one row: its place (from 0) and the error."""

    row: int
    error: FeatureError


class Encoder:
    """Encodes the fields of a spec, from columns (training) or rows (serving), alike.

    Args:
        spec: the fields, in the order of the result's columns.
    """

    def __init__(self, spec: FeatureSpec) -> None:
        self.spec = spec
        self.fields = tuple(FieldEncoder(field) for field in spec.fields)
        self._names = frozenset(spec.names)

    def fingerprint_rows(self, rows: Sequence[Mapping[str, object]]) -> npt.NDArray[np.uint64]:
        """Fingerprint rows of ``{field: value}``; an absent field is missing.

        Returns:
            Fingerprints, ``(rows, fields)``.

        Raises:
            UnknownFieldError: if a row has a field that the spec does not have.
            FieldTypeError: if a value is not one its field accepts.
        """
        result = np.empty((len(rows), len(self.fields)), np.uint64)
        try:
            for row in rows:
                if not row.keys() <= self._names:
                    raise self._unknown(row)
            for place, field in enumerate(self.fields):
                name = field.field.name
                result[:, place] = field.fingerprints([row.get(name) for row in rows])
        except FeatureError as error:
            first = self.problems(rows, limit=1)[0]
            first.error.add_note(f"row {first.row}")
            raise first.error from error
        return result

    def fingerprint_columns(
        self, columns: Mapping[str, Sequence[object] | npt.NDArray[Any]]
    ) -> npt.NDArray[np.uint64]:
        """Fingerprint columns of equal length; an absent column is missing in every row.

        Each distinct number of a column is discretised once.

        Returns:
            Fingerprints, ``(rows, fields)``.

        Raises:
            UnknownFieldError: if there is a column that the spec does not have.
            FieldTypeError: if a value is not one its field accepts.
            InvalidInputError: if the columns differ in length or a column is not one-dimensional.
        """
        if not columns.keys() <= self._names:
            raise self._unknown(columns)
        for name, column in columns.items():
            if isinstance(column, np.ndarray) and column.ndim != 1:
                raise InvalidInputError(
                    f"column {name!r}: must have one dimension; received {column.ndim}"
                )
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise InvalidInputError(f"columns: must be of equal length; received {lengths}")
        count = next(iter(lengths.values()), 0)
        result = np.empty((count, len(self.fields)), np.uint64)
        for place, field in enumerate(self.fields):
            given = columns.get(field.field.name)
            result[:, place] = (
                field.fingerprint(None) if given is None else _fingerprint_values(field, given)
            )
        return result

    def problems(self, rows: Sequence[Mapping[str, object]], limit: int = 10) -> list[Problem]:
        """List at most ``limit`` errors, by row, and within a row an unknown field first."""
        return list(islice(self._problems(rows), limit))

    def _problems(self, rows: Sequence[Mapping[str, object]]) -> Iterator[Problem]:
        for place, row in enumerate(rows):
            if not row.keys() <= self._names:
                yield Problem(place, self._unknown(row))
            for field in self.fields:
                try:
                    field.fingerprint(row.get(field.field.name))
                except FeatureError as error:
                    yield Problem(place, error)

    def _unknown(self, row: Mapping[str, object]) -> UnknownFieldError:
        name = next(name for name in row if name not in self._names)
        shown = str(name) if len(str(name)) <= _SHOWN else f"{str(name)[:_SHOWN]}..."
        rule = f"must be one of the spec's {len(self.fields)} fields"
        return UnknownFieldError(shown, rule, "an unknown name")


def _fingerprint_values(
    field: FieldEncoder, values: Sequence[object] | npt.NDArray[Any]
) -> npt.NDArray[np.uint64]:
    if type(values) is not np.ndarray:
        return field.fingerprints(values)
    if values.dtype.kind not in "iuf":
        return field.fingerprints(values.tolist())
    numbers, places = np.unique(values, return_inverse=True)
    return field.fingerprints(numbers.tolist())[places]
