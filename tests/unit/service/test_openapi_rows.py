"""The document says of rows what the release takes."""

from typing import Any

import jsonschema_rs
import pytest

from service.openapi_rows import RowSchemas
from tests.unit.service.specs import KNOWN, SPEC


def validator(
    form: str, *, known: frozenset[str] = KNOWN, ignore: bool = False, spec: Any = SPEC
) -> jsonschema_rs.Validator:
    schemas = RowSchemas(spec, known, ignore, max_rows=3).schemas()
    return jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{form}", "components": {"schemas": schemas}}
    )


@pytest.mark.parametrize("form", ["Instances", "Ranking", "Columns"])
def test_examples_are_valid(form: str):
    schemas = RowSchemas(SPEC, KNOWN, False, 3).schemas()
    assert validator(form).is_valid(schemas[form]["example"])


@pytest.mark.parametrize(
    ("row", "valid"),
    [
        ({}, True),
        ({"price": 1, "user": "ann", "ad": None}, True),
        ({"price": 0.5, "user": -(2**63), "ad": 2**64 - 1}, True),
        ({"price": "", "user": "", "ad": ""}, True),
        ({"price": "3"}, False),
        ({"price": True}, False),
        ({"price": 1e300}, True),
        ({"user": 1.5}, False),
        ({"user": -(2**63) - 1}, False),
        ({"user": []}, False),
        ({"nobody": 1}, False),
    ],
)
def test_a_row_is_valid_where_the_gateway_takes_it(row: dict[str, Any], valid: bool):
    assert validator("Instances").is_valid({"instances": [row]}) == valid
    columns = {name: [value] for name, value in row.items()}
    assert validator("Columns").is_valid({"columns": columns}) == (valid and bool(columns))


@pytest.mark.parametrize("ignore", [False, True])
def test_a_field_of_the_other_side_is_not_valid(ignore: bool):
    ranking = validator("Ranking", ignore=ignore)
    assert ranking.is_valid({"context": {"user": "a"}, "candidates": [{"ad": "x"}]})
    assert not ranking.is_valid({"context": {"ad": "x"}, "candidates": [{}]})
    assert not ranking.is_valid({"context": {}, "candidates": [{"user": "a"}]})
    assert ranking.is_valid({"context": {"b": 1}, "candidates": [{"c": []}]}) == ignore


@pytest.mark.parametrize(("rows", "valid"), [(0, False), (1, True), (3, True), (4, False)])
def test_rows_have_their_limit(rows: int, valid: bool):
    assert validator("Instances").is_valid({"instances": [{}] * rows}) == valid
    ranking = {"context": {}, "candidates": [{}] * rows}
    assert validator("Ranking").is_valid(ranking) == valid
    assert validator("Columns").is_valid({"columns": {"price": [1] * rows}}) == valid


def test_fields_of_other_versions_may_hold_anything():
    assert validator("Instances", known=KNOWN | {"old"}).is_valid({"instances": [{"old": [{}]}]})
    assert not validator("Instances").is_valid({"instances": [{"old": 1}]})


def test_without_a_release_any_field_may_come():
    assert validator("Instances", spec=None).is_valid({"instances": [{"any": 1}]})
