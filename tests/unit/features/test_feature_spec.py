"""FeatureSpec: canonical JSON, identity and what it refuses."""

import hashlib
import json

import pytest
from hypothesis import given

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field
from tests.unit.features.strategies import SPECS

SPEC = FeatureSpec(
    fields=(
        Field("I1", "numeric", "context", "squared_log"),
        Field("Straße", "categorical", "candidate", hash_buckets=1000),
    ),
    min_count=20,
)
CANONICAL = (
    '{"fields":['
    '{"discretiser":"squared_log","hash_buckets":null,"kind":"numeric",'
    '"name":"I1","side":"context"},'
    '{"discretiser":null,"hash_buckets":1000,"kind":"categorical",'
    '"name":"Straße","side":"candidate"}],'
    '"min_count":20,"version":1}'
)


def changed(**changes):
    return json.dumps({**json.loads(CANONICAL), **changes})


def with_field(**changes):
    first, second = json.loads(CANONICAL)["fields"]
    return changed(fields=[{**first, **changes}, second])


def test_the_canonical_json_is_frozen():
    assert SPEC.to_json() == CANONICAL
    assert SPEC.digest == hashlib.sha256(CANONICAL.encode()).hexdigest()
    assert SPEC.digest == "d67d528a539e869ec0deab21cb49f14e6730350a3a3f706487509abfe21e4805"


@given(SPECS)
def test_a_spec_survives_json(spec):
    for text in (spec.to_json(), spec.to_json().encode()):
        again = FeatureSpec.from_json(text)
        assert again == spec
        assert again.digest == spec.digest


@given(SPECS)
def test_the_identity_depends_on_the_content_not_on_how_it_is_written(spec):
    content = json.loads(spec.to_json())
    shuffled = json.dumps(dict(reversed(content.items())), indent=3, ensure_ascii=True)
    assert FeatureSpec.from_json(shuffled).digest == spec.digest


@given(SPECS, SPECS)
def test_different_specs_have_different_identities(one, other):
    assert (one == other) == (one.digest == other.digest)


def test_a_saved_file_has_the_digest_of_its_spec(tmp_path):
    path = tmp_path / "feature_spec.json"
    SPEC.save(path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SPEC.digest
    assert FeatureSpec.load(path) == SPEC


def test_names_and_positions_keep_the_order_of_the_fields():
    assert SPEC.names == ("I1", "Straße")
    assert SPEC.positions("context") == (0,)
    assert SPEC.positions("candidate") == (1,)


def test_optional_keys_of_a_field_may_be_left_out():
    field = {"name": "C1", "kind": "categorical", "side": "context"}
    spec = FeatureSpec.from_json(changed(fields=[field]))
    assert spec.fields == (Field("C1", "categorical", "context"),)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ((), "fields: must be 1 to 65535 fields; received 0"),
        (("C1",), "fields: each must be a Field; received str"),
        (SPEC.fields + SPEC.fields[:1], "fields: names must be unique; received twice: ['I1']"),
    ],
)
def test_bad_fields_are_refused(fields, text):
    with pytest.raises(InvalidInputError) as caught:
        FeatureSpec(fields, min_count=1)
    assert str(caught.value) == text


@pytest.mark.parametrize("min_count", [0, -1, 2.0, True, None, "20"])
def test_a_bad_threshold_is_refused(min_count):
    with pytest.raises(InvalidInputError, match="min_count: must be an integer of at least 1"):
        FeatureSpec(SPEC.fields, min_count)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "feature spec: must be JSON in UTF-8"),
        ("{", "feature spec: must be JSON in UTF-8"),
        (b"\xff\xfe{\x00", "feature spec: must be JSON in UTF-8"),
        ("[" * 100_000, "feature spec: must be JSON in UTF-8"),
        ("[]", "feature spec: must be an object; received list"),
        (changed(extra=1), "feature spec: keys must be among fields, min_count, version"),
        (changed(extra=1), "received extra"),
        ('{"fields": [], "version": 1}', "received none for min_count"),
        ('{"version": 1, "version": 1}', "keys must be unique; received twice: ['version']"),
        (changed(version=2), "version must be 1; received 2"),
        (changed(version=True), "version must be 1; received True"),
        (changed(fields={}), "fields: must be a list; received dict"),
        (changed(fields=["C1"]), "fields[0]: must be an object; received str"),
        (changed(min_count=1.5), "min_count: must be an integer of at least 1; received 1.5"),
        (with_field(colour="red"), "fields[0]: keys must be among discretiser, hash_buckets"),
        (with_field(name="a=b"), "its name must not contain '='"),
        (with_field(name="Straße"), "names must be unique; received twice: ['Straße']"),
        (with_field(discretiser="log"), "field 'I1': discretiser of a numeric field must be"),
        (with_field(hash_buckets=1), "field 'I1': hash_buckets must be an integer from 2"),
    ],
)
def test_bad_json_is_refused_with_the_rule_it_breaks(text, message):
    with pytest.raises(InvalidInputError) as caught:
        FeatureSpec.from_json(text)
    assert message in str(caught.value)


def test_a_bad_file_is_named(tmp_path):
    path = tmp_path / "broken.json"
    path.write_text("{")
    with pytest.raises(InvalidInputError, match=r"broken\.json: feature spec: must be JSON"):
        FeatureSpec.load(path)
    with pytest.raises(FileNotFoundError):
        FeatureSpec.load(tmp_path / "absent.json")
