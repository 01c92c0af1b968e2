import json
from pathlib import Path

import pytest

from model.bundle.gates_file import GateResult, GatesReport, read_gates, write_gates
from model.errors import BundleError, InvalidInputError

DIGEST = "0123456789abcdef" * 4
GOOD = GateResult("auc", True, {"auc": 0.75, "interval": [0.74, 0.76]}, {"least": 0.7}, "fine")
BAD = GateResult("finite", False, {"logit": "nan"}, {}, "a logit is not a number")


def test_is_read_back_as_it_was_written(tmp_path: Path):
    assert read_gates(tmp_path, DIGEST) is None
    for report in (
        GatesReport(DIGEST, True, (GOOD,)),
        GatesReport(DIGEST, False, (GOOD, BAD)),
        GatesReport(DIGEST, False, (), ungated=True),
        GatesReport(DIGEST, False, ()),
    ):
        write_gates(tmp_path, report)
        assert read_gates(tmp_path, DIGEST) == report
    assert [path.name for path in tmp_path.iterdir()] == ["gates.json"]


def test_the_verdict_is_a_word():
    assert GatesReport(DIGEST, True, (GOOD,)).verdict == "passed"
    assert GatesReport(DIGEST, False, (BAD,)).verdict == "failed"
    assert GatesReport(DIGEST, False, (), True).verdict == "ungated"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("7", True, (GOOD,)), "manifest_digest: must be a SHA-256"),
        ((DIGEST.upper(), True, (GOOD,)), "manifest_digest: must be a SHA-256"),
        ((DIGEST, True, ()), "passed: must be False, as 0 of 0 gates passed"),
        ((DIGEST, True, (GOOD, BAD)), "passed: must be False, as 1 of 2 gates passed"),
        ((DIGEST, False, (GOOD,)), "passed: must be True"),
        ((DIGEST, 1, (GOOD,)), "passed: must be True"),
        ((DIGEST, True, (GOOD, GOOD)), "gates: must have names of their own"),
        ((DIGEST, True, (GOOD,), True), "ungated: must be false"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(arguments: tuple, text: str):
    with pytest.raises(InvalidInputError, match=text):
        GatesReport(*arguments)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("", True, {}, {}, ""), "name: must be"),
        (("auc", 1, {}, {}, ""), "gate 'auc': passed: must be a bool"),
        (("auc", True, [], {}, ""), "measured: must map names"),
        (("auc", True, {1: 2}, {}, ""), "measured: must map names"),
        (("auc", True, {"auc": float("nan")}, {}, ""), "measured: must be finite JSON"),
        (("auc", True, {}, {"least": object()}, ""), "threshold: must be finite JSON"),
        (("auc", True, {}, {}, None), "reason: must be text"),
    ],
)
def test_a_result_that_breaks_a_rule_is_refused(arguments: tuple, text: str):
    with pytest.raises(InvalidInputError, match=text):
        GateResult(*arguments)


def test_an_altered_record_and_that_of_another_bundle_are_refused(tmp_path: Path):
    write_gates(tmp_path, GatesReport(DIGEST, False, (BAD,)))
    with pytest.raises(BundleError, match="belongs to another"):
        read_gates(tmp_path, "f" * 64)
    path = tmp_path / "gates.json"
    path.write_text(path.read_text().replace('"passed": false', '"passed": true'))
    with pytest.raises(BundleError, match="seal does not match"):
        read_gates(tmp_path, DIGEST)


def test_a_sealed_file_of_another_form_is_refused(tmp_path: Path):
    from model.bundle.sealed_json import write_sealed

    good = GatesReport(DIGEST, False, (BAD,)).to_json()
    for wrong in (
        {},
        {**good, "passed": True},
        {**good, "gates": [{}]},
        {**good, "gates": None},
        {**good, "gates": [1]},
    ):
        write_sealed(tmp_path / "gates.json", json.loads(json.dumps(wrong)))
        with pytest.raises(BundleError, match=r"gates\.json: "):
            read_gates(tmp_path, DIGEST)


def test_without_room_the_old_record_stands(tmp_path: Path):
    (tmp_path / "gates.json").mkdir()
    with pytest.raises(InvalidInputError, match="cannot be written"):
        write_gates(tmp_path, GatesReport(DIGEST, False, (BAD,)))
    assert [path.name for path in tmp_path.iterdir()] == ["gates.json"]
