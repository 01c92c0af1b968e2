"""What GET /openapi.json says of rows: the fields of the live release."""

from typing import Any

from model.features import FeatureSpec

Schema = dict[str, Any]

_LEAST, _MOST = -(2**63), 2**64 - 1
_TWICE = "If a name comes twice, the last counts."
_ROW = (
    "A field's name and its raw value. Absent, null and the empty string all mean: missing. "
    f"GET /v1/models lists the fields. {_TWICE}"
)
_MADE_UP: dict[str, Any] = {"categorical": "example", "numeric": 1}

VALUES: dict[str, Schema] = {
    "Categorical": {
        "description": "The level's name; an integer is written without fraction and exponent.",
        "anyOf": [
            {"type": "string"},
            {"type": "integer", "minimum": _LEAST, "maximum": _MOST},
            {"type": "null"},
        ],
    },
    "Numeric": {
        "description": (
            "The number. An integer must fit 64 bits; what is written with a fraction or an exponent "
            "may be any float64."
        ),
        "anyOf": [
            {"type": "number"},
            {"type": "string", "maxLength": 0},
            {"type": "null"},
        ],
    },
}
_KINDS = {"categorical": "Categorical", "numeric": "Numeric"}
_OTHERS = {"description": "A field of another version that is loaded; it is not read."}


def reference(name: str) -> Schema:
    """Refer to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


class RowSchemas:
    """Schemas of the bodies that a release takes.

    Args:
        spec: the live release's fields; ``None`` if there is no release: then any may be given.
        known: fields of any loaded release.
        ignore_unknown: whether other fields are ignored instead of refused.
        max_rows: most rows of one request.
    """

    def __init__(
        self, spec: FeatureSpec | None, known: frozenset[str], ignore_unknown: bool, max_rows: int
    ) -> None:
        self._fields = () if spec is None else spec.fields
        self._others = sorted(known - {field.name for field in self._fields})
        self._is_open = spec is None or ignore_unknown
        self._rows = {"minItems": 1, "maxItems": max_rows}

    def schemas(self) -> dict[str, Schema]:
        """Write all of them."""
        context, candidate = self._example("context"), self._example("candidate")
        row = context | candidate
        columns = {name: [value] * 2 for name, value in row.items()}
        return {
            **VALUES,
            "Row": self._row(None),
            "Context": self._row("context"),
            "Candidate": self._row("candidate"),
            "Instances": _form({"instances": self._array("Row")}, {"instances": [row]}),
            "Ranking": _form(
                {"context": reference("Context"), "candidates": self._array("Candidate")},
                {"context": context, "candidates": [candidate]},
            ),
            "Columns": _form(
                {"columns": self._columns()}, {"columns": columns} if columns else None
            ),
        }

    def _array(self, name: str) -> Schema:
        return {"type": "array", **self._rows, "items": reference(name)}

    def _row(self, side: str | None) -> Schema:
        """Describe a whole row, or one side of it, on which the other side's fields are refused."""
        properties: Schema = {
            field.name: reference(_KINDS[field.kind])
            for field in self._fields
            if side in (None, field.side)
        }
        properties |= dict.fromkeys(self._others, _OTHERS)
        if self._is_open:
            others = (field for field in self._fields if side not in (None, field.side))
            properties |= {field.name: False for field in others}
        return {
            "type": "object",
            "description": _ROW,
            "properties": properties,
            "additionalProperties": self._is_open,
        }

    def _columns(self) -> Schema:
        values = {
            field.name: {"type": "array", **self._rows, "items": reference(_KINDS[field.kind])}
            for field in self._fields
        }
        any_values: Schema = {"type": "array", **self._rows}
        return {
            "type": "object",
            "description": (
                "A field's name and its values, one per row; the arrays are of equal length. "
                + _TWICE
            ),
            "minProperties": 1,
            "properties": {**values, **dict.fromkeys(self._others, any_values | _OTHERS)},
            "additionalProperties": any_values if self._is_open else False,
        }

    def _example(self, side: str) -> dict[str, Any]:
        """Make values up: real ones are somebody's data."""
        return {field.name: _MADE_UP[field.kind] for field in self._fields if field.side == side}


def _form(properties: Schema, example: dict[str, Any] | None) -> Schema:
    form: Schema = {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }
    return form if example is None else form | {"example": example}
