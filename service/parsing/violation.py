"""One broken rule of a request."""

import re
from typing import NamedTuple

_BELOW, _ABOVE = -(2.0**63), 2.0**64

LIMIT = 10
"""Most violations that are listed in one answer."""

_SHOWN = 64
_PLAIN = re.compile(rf"[\w.:\- ]{{1,{_SHOWN}}}", re.ASCII)


class Violation(NamedTuple):
    """Where a rule is broken, the rule, and the type (never the value) that was received.

    Attributes:
        pointer: place in the body, as a JSON pointer in a URI fragment (RFC 6901).
        field: the field's name; empty where no field is concerned.
        rule: what is accepted.
        received: the type or size that came.
    """

    pointer: str
    field: str
    rule: str
    received: str


def pointer(*parts: str | int) -> str:
    """Write a JSON pointer as a URI fragment.

    >>> pointer("instances", 3, "I1")
    '#/instances/3/I1'
    """
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "#" + "".join(f"/{part}" for part in escaped)


def shown_name(name: str) -> str:
    """Return a caller's member name if it is short and plain, else a description of it.

    >>> shown_name("C1"), shown_name("<script>")
    ('C1', '(a name of 8 characters)')
    """
    return name if _PLAIN.fullmatch(name) else f"(a name of {len(name)} characters)"


_JSON_TYPES = {
    str: "string",
    int: "integer",
    float: "number with a fraction or exponent",
    bool: "boolean",
    type(None): "null",
    list: "array",
    dict: "object",
}


def exact(value: object) -> bool:
    """Tell whether a number surely is what the body said.

    The parser turns integers beyond 64 bits into floats, so a number outside of (-2^63, 2^64) may
    have been one.
    """
    return not isinstance(value, int | float) or _BELOW < value < _ABOVE


def json_type(value: object) -> str:
    """Name a parsed value's JSON type; integers and other numbers are told apart."""
    if type(value) is float and not exact(value):
        return "number beyond 64 bits"
    return _JSON_TYPES.get(type(value), type(value).__name__)
