"""JSON bytes to Python objects: fast, and exactly where that is asked for."""

import json

import orjson

from service.errors import MalformedBodyError


def decode(body: bytes) -> object:
    """Parse a body. Duplicate keys: the last wins. Integers beyond 64 bits come as floats.

    Raises:
        MalformedBodyError: if it is not JSON in UTF-8: also NaN, Infinity, numbers beyond float64,
            lone surrogates, and nesting of more than 1,024 levels.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(
            f"body: must be JSON in UTF-8; {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None


def decode_exactly(body: bytes) -> object:
    """Parse a body that ``decode`` has accepted, with integers of any size as they are. Slow.

    Raises:
        MalformedBodyError: if it is nested too deeply for this parser.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise MalformedBodyError(
            "body: must be nested less deeply; received hundreds of levels"
        ) from None
