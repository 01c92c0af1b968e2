"""Numbers as a log writes them."""

import re

from model.errors import FieldTypeError
from training.datasets.bad_line import shown

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_LONGEST = 400


def parse_number(field: str, text: str) -> int | float | None:
    """Read a number as a JSON request would carry it.

    ``3`` is an integer, ``3.0`` and ``3e0`` are floats.

    Plain decimal notation only: what ``int`` and ``float`` accept beyond it (``1_000``, ``nan``,
    ``inf``, digits of other scripts, blanks around) is refused.

    Returns:
        The number; ``None`` for an empty text.

    Raises:
        FieldTypeError: if the text is no number.
    """
    if not text:
        return None
    if text.isdigit() and text.isascii() and len(text) <= _LONGEST:
        return int(text)
    if len(text) <= _LONGEST:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    if len(text) > _LONGEST:
        raise FieldTypeError(
            field, f"must be a number of at most {_LONGEST} characters", shown(text)
        )
    raise FieldTypeError(field, "must be a number in decimal notation", shown(text))
