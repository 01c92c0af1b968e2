"""FieldEncoder: tokens, types and the fast form."""

import datetime
import decimal
import enum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import FieldTypeError
from model.features import Field, FieldEncoder, fingerprint
from tests.unit.features.strategies import FIELDS, INTEGERS, NAMES, TEXTS, values_of

CATEGORICAL = FieldEncoder(Field("C1", "categorical", "candidate"))
HASHED = FieldEncoder(Field("C1", "categorical", "candidate", hash_buckets=7))
NUMERIC = FieldEncoder(Field("I1", "numeric", "context", "squared_log"))
HASHED_NUMERIC = FieldEncoder(Field("I1", "numeric", "context", "squared_log", 7))
ALL = [CATEGORICAL, HASHED, NUMERIC, HASHED_NUMERIC]

A_STRING_OR_AN_INTEGER = "must be a string or an integer"
A_NUMBER = "must be a number"
FINITE = "must be a finite number"
BITS = "integers must lie between -2^63 and 2^64 - 1"


class Text(str):
    """A string that is not quite one."""

    __slots__ = ()


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize("encoder", ALL)
@pytest.mark.parametrize(
    "value",
    [None, "", float("nan"), -float("nan"), np.float64("nan"), np.float32("nan"), np.str_()],
)
def test_missing_values_share_one_level(encoder, value):
    assert encoder.token(value) == ""
    assert encoder.fingerprint(value) == fingerprint(encoder.field.name, "")
    assert encoder.fingerprints([value]).tolist() == [fingerprint(encoder.field.name, "")]


@given(TEXTS)
def test_a_string_is_its_own_token(text):
    assert CATEGORICAL.token(text) == text
    assert CATEGORICAL.fingerprint(text) == fingerprint("C1", text)


@given(INTEGERS)
def test_an_integer_category_is_the_same_level_as_its_decimal_form(value):
    assert CATEGORICAL.token(value) == str(value)
    assert CATEGORICAL.fingerprint(value) == CATEGORICAL.fingerprint(str(value))


@given(st.integers(-(2**53), 2**53))
def test_an_integer_and_the_float_equal_to_it_are_the_same_level(value):
    assert NUMERIC.token(value) == NUMERIC.token(float(value))


@given(TEXTS.filter(bool))
def test_hashing_maps_a_level_to_its_fingerprint_modulo_the_buckets(text):
    assert HASHED.token(text) == f"#{fingerprint('C1', text) % 7}"
    assert HASHED.fingerprint(text) == fingerprint("C1", HASHED.token(text))


def test_hashing_applies_to_numeric_levels_too():
    assert HASHED_NUMERIC.token(3) == f"#{fingerprint('I1', 'b1') % 7}"
    assert HASHED_NUMERIC.token(0) == f"#{fingerprint('I1', '0') % 7}"


@given(NAMES, TEXTS, NAMES, TEXTS)
def test_no_two_levels_spell_the_same_text(name, token, other_name, other_token):
    same = (name, token) == (other_name, other_token)
    assert (f"{name}={token}" == f"{other_name}={other_token}") == same


@given(st.data())
def test_many_values_at_once_have_the_fingerprints_of_each(data):
    encoder = FieldEncoder(data.draw(FIELDS))
    odd = st.sampled_from([np.int64(3), np.uint64(2**64 - 1), np.float32("nan")])
    values = data.draw(st.lists(values_of(encoder.field) | odd))
    marks = encoder.fingerprints(iter(values))
    assert marks.dtype == np.uint64
    assert marks.tolist() == [encoder.fingerprint(value) for value in values]
    for value, mark in zip(values, marks.tolist(), strict=True):
        assert mark == fingerprint(encoder.field.name, encoder.token(value))


@pytest.mark.parametrize(
    ("encoder", "value", "rule", "received"),
    [
        (CATEGORICAL, True, A_STRING_OR_AN_INTEGER, "bool"),
        (CATEGORICAL, False, A_STRING_OR_AN_INTEGER, "bool"),
        (CATEGORICAL, np.True_, A_STRING_OR_AN_INTEGER, "bool"),
        (CATEGORICAL, 1.0, A_STRING_OR_AN_INTEGER, "float"),
        (CATEGORICAL, float("inf"), A_STRING_OR_AN_INTEGER, "float"),
        (CATEGORICAL, np.float32(1), A_STRING_OR_AN_INTEGER, "float"),
        (CATEGORICAL, b"a", A_STRING_OR_AN_INTEGER, "bytes"),
        (CATEGORICAL, [], A_STRING_OR_AN_INTEGER, "list"),
        (CATEGORICAL, {}, A_STRING_OR_AN_INTEGER, "dict"),
        (CATEGORICAL, Text("a"), A_STRING_OR_AN_INTEGER, "Text"),
        (CATEGORICAL, Colour.RED, A_STRING_OR_AN_INTEGER, "Colour"),
        (CATEGORICAL, 2**64, BITS, "an integer of 65 bits"),
        (CATEGORICAL, -(2**63) - 1, BITS, "an integer of 65 bits"),
        (CATEGORICAL, -(2**64), BITS, "an integer of 65 bits"),
        (CATEGORICAL, -(2**64) - 1, BITS, "an integer of 66 bits"),
        (CATEGORICAL, 10**400, BITS, "an integer of 1329 bits"),
        (CATEGORICAL, "a\ud800", "must be Unicode text (no lone surrogates)", "str"),
        (CATEGORICAL, "\udfff", "must be Unicode text (no lone surrogates)", "str"),
        (CATEGORICAL, np.datetime64("2024-01-01"), A_STRING_OR_AN_INTEGER, "date"),
        (CATEGORICAL, np.longdouble(1), A_STRING_OR_AN_INTEGER, "longdouble"),
        (NUMERIC, True, A_NUMBER, "bool"),
        (NUMERIC, np.False_, A_NUMBER, "bool"),
        (NUMERIC, "3", A_NUMBER, "str"),
        (NUMERIC, " ", A_NUMBER, "str"),
        (NUMERIC, np.str_("3"), A_NUMBER, "str"),
        (NUMERIC, b"", A_NUMBER, "bytes"),
        (NUMERIC, 1j, A_NUMBER, "complex"),
        (NUMERIC, decimal.Decimal(1), A_NUMBER, "Decimal"),
        (NUMERIC, datetime.date(2024, 1, 1), A_NUMBER, "date"),
        (NUMERIC, Colour.RED, A_NUMBER, "Colour"),
        (NUMERIC, np.longdouble(1), A_NUMBER, "longdouble"),
        (NUMERIC, [1], A_NUMBER, "list"),
        (NUMERIC, float("inf"), FINITE, "an infinite float"),
        (NUMERIC, -float("inf"), FINITE, "an infinite float"),
        (NUMERIC, np.float32("inf"), FINITE, "an infinite float"),
        (NUMERIC, 2**64, BITS, "an integer of 65 bits"),
        (NUMERIC, -(10**400), BITS, "an integer of 1330 bits"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_without_being_shown(encoder, value, rule, received):
    hashed = HASHED if encoder is CATEGORICAL else HASHED_NUMERIC
    for call in (
        encoder.token,
        encoder.fingerprint,
        hashed.token,
        hashed.fingerprint,
        lambda it: encoder.fingerprints([it]),
        lambda it: hashed.fingerprints([it]),
    ):
        with pytest.raises(FieldTypeError) as caught:
            call(value)
        assert caught.value.field == encoder.field.name
        assert caught.value.rule == rule
        assert caught.value.received == received


@pytest.mark.parametrize(
    ("encoder", "values"),
    [
        (CATEGORICAL, [1, True]),
        (CATEGORICAL, [True, 1]),
        (CATEGORICAL, [1, 1.0]),
        (CATEGORICAL, ["a", "b", 1.0]),
        (CATEGORICAL, ["a", "\ud800"]),
        (NUMERIC, [1, True]),
        (NUMERIC, [0.0, False]),
        (NUMERIC, [1, "1"]),
        (NUMERIC, [1.5, float("inf")]),
    ],
)
def test_an_accepted_value_never_lets_an_equal_one_of_another_type_pass(encoder, values):
    with pytest.raises(FieldTypeError):
        encoder.fingerprints(values)


@given(TEXTS.filter(lambda text: len(text) > 3))
def test_an_error_never_shows_the_value(text):
    with pytest.raises(FieldTypeError) as caught:
        NUMERIC.token(f"secret {text}")
    assert "secret" not in str(caught.value)
    assert str(caught.value) == "field 'I1': must be a number; received str"


@pytest.mark.parametrize("encoder", ALL)
def test_no_values_have_no_fingerprints(encoder):
    assert encoder.fingerprints([]).shape == (0,)
    assert encoder.fingerprints([]).dtype == np.uint64


@pytest.mark.parametrize("encoder", [CATEGORICAL, NUMERIC])
@pytest.mark.parametrize("value", [-(2**63), 2**64 - 1])
def test_the_64_bit_limits_are_inside(encoder, value):
    assert encoder.fingerprint(value) == fingerprint(encoder.field.name, encoder.token(value))


def test_numpy_scalars_count_as_what_they_hold():
    assert CATEGORICAL.token(np.int64(-5)) == "-5"
    assert CATEGORICAL.token(np.uint64(2**64 - 1)) == str(2**64 - 1)
    assert CATEGORICAL.token(np.str_("é")) == "é"
    assert NUMERIC.token(np.float32(0.5)) == "0.5"
    assert NUMERIC.token(np.int8(-3)) == "-b1"
