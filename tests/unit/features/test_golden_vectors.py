"""Frozen vectors: what a value was yesterday it is today, in every form of the encoder."""

import math

import numpy as np
import pytest

from model.features import Encoder, FeatureSpec, FieldEncoder, fingerprint
from tests.unit.features.golden import ABSENT, golden_vectors

GOLDEN = golden_vectors()


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.case)
def test_tokens_and_fingerprints_are_the_frozen_ones(golden):
    encoder = FieldEncoder(golden.field)
    value = None if golden.value is ABSENT else golden.value
    assert encoder.token(value) == golden.token
    assert encoder.fingerprint(value) == golden.fingerprint
    assert encoder.fingerprints([value]).tolist() == [golden.fingerprint]
    assert fingerprint(golden.field.name, golden.token) == golden.fingerprint


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.case)
def test_rows_and_columns_give_the_frozen_fingerprints(golden):
    encoder = Encoder(FeatureSpec((golden.field,), min_count=1))
    name = golden.field.name
    rows = [{}] if golden.value is ABSENT else [{name: golden.value}]
    assert encoder.fingerprint_rows(rows).tolist() == [[golden.fingerprint]]
    value = None if golden.value is ABSENT else golden.value
    column = np.array([value, None], object)[:1]
    assert encoder.fingerprint_columns({name: column}).tolist() == [[golden.fingerprint]]
    if golden.field.kind == "numeric" and isinstance(value, float | int):
        numbers = np.array([value])
        assert encoder.fingerprint_columns({name: numbers}).tolist() == [[golden.fingerprint]]


def test_the_vectors_cover_what_is_easily_got_wrong():
    values = [golden.value for golden in GOLDEN]
    floats = [value for value in values if type(value) is float]
    texts = [value for value in values if type(value) is str]
    assert any(math.isnan(value) for value in floats)
    assert any(value == 0 and math.copysign(1, value) < 0 for value in floats)
    assert {1e200, 5e-324} <= set(floats)
    assert {-(2**63), 2**64 - 1} <= {value for value in values if type(value) is int}
    assert any("\0" in text for text in texts)
    assert max(map(len, texts)) == 2**20
    assert {golden.field.discretiser for golden in GOLDEN} == {
        None,
        "log_square",
        "log_square_plus_one",
        "squared_log",
    }


def test_levels_that_are_not_the_same_never_share_a_fingerprint():
    levels = {(golden.field.name, golden.token): golden.fingerprint for golden in GOLDEN}
    assert len(set(levels.values())) == len(levels)
