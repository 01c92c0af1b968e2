"""Field: what it refuses, and how it says so."""

import pytest
from hypothesis import given

from model.errors import InvalidInputError
from model.features import DISCRETISERS, Field
from tests.unit.features.strategies import FIELDS


@given(FIELDS)
def test_a_field_keeps_what_it_was_given(field):
    again = Field(field.name, field.kind, field.side, field.discretiser, field.hash_buckets)
    assert again == field
    assert hash(again) == hash(field)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"name": ""}, "name: must be a non-empty string; received ''"),
        ({"name": 3}, "name: must be a non-empty string; received 3"),
        ({"name": None}, "name: must be a non-empty string; received None"),
        ({"name": "a=b"}, "field 'a=b': its name must not contain '='"),
        ({"name": "\ud800"}, "name: must be Unicode text; received '\\ud800'"),
        (
            {"kind": "text"},
            "field 'f': kind must be one of categorical, numeric; received 'text'",
        ),
        ({"kind": []}, "field 'f': kind must be one of categorical, numeric; received []"),
        ({"side": "user"}, "field 'f': side must be one of context, candidate; received 'user'"),
        (
            {"kind": "numeric"},
            "field 'f': discretiser of a numeric field must be one of "
            "log_square, log_square_plus_one, squared_log; received None",
        ),
        (
            {"kind": "numeric", "discretiser": ["log_square"]},
            "field 'f': discretiser of a numeric field must be one of "
            "log_square, log_square_plus_one, squared_log; received ['log_square']",
        ),
        (
            {"discretiser": "log_square"},
            "field 'f': discretiser of a categorical field must be absent; received 'log_square'",
        ),
        *(
            (
                {"hash_buckets": buckets},
                "field 'f': hash_buckets must be an integer from 2 to 2^63 - 1, or absent; "
                f"received {buckets!r}",
            )
            for buckets in (1, 0, -5, 2**63, True, 100.0, "100")
        ),
    ],
)
def test_a_broken_rule_is_named_with_what_was_received(arguments, text):
    with pytest.raises(InvalidInputError) as caught:
        Field(**{"name": "f", "kind": "categorical", "side": "context", **arguments})
    assert str(caught.value) == text


@pytest.mark.parametrize("discretiser", sorted(DISCRETISERS))
def test_every_discretiser_can_be_named(discretiser):
    assert Field("I1", "numeric", "context", discretiser).discretiser == discretiser


@pytest.mark.parametrize("buckets", [2, 2**63 - 1])
def test_the_bucket_counts_at_the_limits_are_accepted(buckets):
    assert Field("C1", "categorical", "context", hash_buckets=buckets).hash_buckets == buckets
