"""From the values of one field to tokens and fingerprints."""

from collections.abc import Callable, Iterable
from math import isfinite, isnan
from typing import Any

import numpy as np
import numpy.typing as npt
from farmhash import Fingerprint64

from model.errors import FieldTypeError
from model.features.discretisers import DISCRETISERS
from model.features.field import Field

MISSING = ""
"""The token of a value that is absent, null, NaN or an empty string: a level of its own."""

LEAST_INTEGER = -(2**63)
MOST_INTEGER = 2**64 - 1

_STRINGS = frozenset({str, type(None)})
_CATEGORIES = frozenset({str, int, type(None)})
_NUMBERS = frozenset({int, float, type(None)})

_CATEGORICAL = "must be a string or an integer"
_NUMERIC = "must be a number"
_64_BITS = "integers must lie between -2^63 and 2^64 - 1"
_FINITE = "must be a finite number"
_UNICODE = "must be Unicode text (no lone surrogates)"


class FieldEncoder:
    """Encodes one field's values, alike for a column of a log and for a request's row.

    The token of a value is:

    - ``""`` if it is missing: absent, ``None``, ``""`` or NaN;
    - categorical: a string as it is, an integer in decimal;
    - numeric: what the field's discretiser says (see ``model.features.discretisers``);
    - with ``hash_buckets``, any other than the missing token becomes ``#`` and
      ``fingerprint(field, token) mod hash_buckets``.

    Types are looked at before values: a bool is neither a number nor a category, a float is no
    category, a string is no number. NumPy scalars count as the Python values they hold.

    Args:
        field: the field to encode.
    """

    __slots__ = ("_buckets", "_discretise", "_plain_strings", "_prefix", "_raw_token", "field")

    def __init__(self, field: Field) -> None:
        self.field = field
        self._prefix = f"{field.name}="
        self._buckets = field.hash_buckets
        self._raw_token: Callable[[object], str]
        if field.discretiser is None:
            self._raw_token = self._categorical_token
        else:
            self._discretise = DISCRETISERS[field.discretiser]
            self._raw_token = self._numeric_token
        self._plain_strings = field.kind == "categorical" and field.hash_buckets is None

    def token(self, value: object) -> str:
        """Name the level of a value.

        Raises:
            FieldTypeError: if the field does not accept the value.
        """
        token = self._raw_token(value)
        if token and self._buckets is not None:
            return f"#{Fingerprint64(self._prefix + token) % self._buckets}"
        return token

    def fingerprint(self, value: object) -> int:
        """Fingerprint the level of a value: an unsigned 64-bit integer.

        Raises:
            FieldTypeError: if the field does not accept the value.
        """
        if type(value) is str and self._plain_strings:
            try:
                return Fingerprint64(self._prefix + value)
            except UnicodeEncodeError:
                raise self._refusal(_UNICODE, value) from None
        return Fingerprint64(self._prefix + self.token(value))

    def fingerprints(self, values: Iterable[object]) -> npt.NDArray[np.uint64]:
        """Fingerprint many values, fast; ``(values,)``.

        Raises:
            FieldTypeError: if the field does not accept one of the values.
        """
        listed: list[Any] = values if isinstance(values, list) else list(values)
        types = set(map(type, listed))
        if self.field.kind == "numeric" and types <= _NUMBERS:
            return self._of_numbers(listed)
        if self.field.kind == "categorical" and types <= _CATEGORIES:
            strings = types <= _STRINGS
            texts = (
                [text or MISSING for text in listed]
                if strings
                else list(map(self._raw_token, listed))
            )
            try:
                return self._of_texts(texts)
            except UnicodeEncodeError:
                pass  # One by one, the error says why.
        return np.fromiter(map(self.fingerprint, listed), np.uint64, len(listed))

    def _of_texts(self, texts: list[str]) -> npt.NDArray[np.uint64]:
        """Hash texts; looking for equal ones would take longer than hashing them again."""
        whole = map(self._prefix.__add__, texts)
        marks = np.fromiter(map(Fingerprint64, whole), np.uint64, len(texts))
        if self._buckets is None:
            return marks
        buckets, places = np.unique(marks % np.uint64(self._buckets), return_inverse=True)
        whole = map(f"{self._prefix}#".__add__, map(str, buckets.tolist()))
        hashed = np.fromiter(map(Fingerprint64, whole), np.uint64, len(buckets))
        present = np.fromiter(map(bool, texts), np.bool_, len(texts))
        return np.where(present, hashed[places], marks)

    def _of_numbers(self, numbers: list[int | float | None]) -> npt.NDArray[np.uint64]:
        """Discretise each distinct number and hash each distinct token once.

        Equal numbers (1 and 1.0, 0.0 and -0.0) have the same token, so they may share a key.
        """
        of_token: dict[str, int] = {}
        of_number: dict[int | float | None, int] = {}
        token_of = self._raw_token if self._buckets is None else self.token
        prefix = self._prefix
        for number in numbers:
            if number not in of_number:
                token = token_of(number)
                if token not in of_token:
                    of_token[token] = Fingerprint64(prefix + token)
                of_number[number] = of_token[token]
        return np.fromiter(map(of_number.__getitem__, numbers), np.uint64, len(numbers))

    def _categorical_token(self, value: object) -> str:
        if type(value) is str:
            if not value.isascii():
                try:
                    value.encode()
                except UnicodeEncodeError:
                    raise self._refusal(_UNICODE, value) from None
            return value
        if type(value) is int:
            if LEAST_INTEGER <= value <= MOST_INTEGER:
                return str(value)
            raise self._too_long(value)
        if value is None or (type(value) is float and isnan(value)):
            return MISSING
        if isinstance(value, np.generic):
            return self._categorical_token(self._unwrapped(value, _CATEGORICAL))
        raise self._refusal(_CATEGORICAL, value)

    def _numeric_token(self, value: object) -> str:
        if type(value) is int:
            if LEAST_INTEGER <= value <= MOST_INTEGER:
                return self._discretise(float(value))
            raise self._too_long(value)
        if type(value) is float:
            if isfinite(value):
                return self._discretise(value)
            if isnan(value):
                return MISSING
            raise self._refusal(_FINITE, value, "an infinite float")
        if value is None or (type(value) is str and not value):
            return MISSING
        if isinstance(value, np.generic):
            return self._numeric_token(self._unwrapped(value, _NUMERIC))
        raise self._refusal(_NUMERIC, value)

    def _too_long(self, value: int) -> FieldTypeError:
        bits = (~value).bit_length() + 1 if value < 0 else value.bit_length()  # two's complement
        return self._refusal(_64_BITS, value, f"an integer of {bits} bits")

    def _unwrapped(self, value: np.generic, rule: str) -> object:
        inner = value.item()
        if isinstance(inner, np.generic):
            raise self._refusal(rule, value)
        return inner

    def _refusal(self, rule: str, value: object, received: str = "") -> FieldTypeError:
        return FieldTypeError(self.field.name, rule, received or type(value).__name__)
