"""Writing the plain part of TOML that configurations use."""

import json
from collections.abc import Mapping
from typing import Any


def toml_text(document: Mapping[str, Mapping[str, Any]]) -> str:
    """Write tables of strings, numbers and booleans.

    A basic TOML string is a JSON string (with U+007F escaped), and ``repr`` of a finite float is a
    TOML float.
    """
    tables = [
        "\n".join([f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())])
        for name, table in document.items()
    ]
    return "\n\n".join(tables) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
