import numpy as np
import orjson
import pytest

from benchmarks.serving.open_loop import Outcome
from benchmarks.serving.witness import Witness, swaps_of
from model.errors import CheckFailedError

TRUTH = {"1": np.array([[0.1, 0.2], [0.3, 0.4]]), "2": np.array([[0.5, 0.6], [0.7, 0.8]])}
RATE = 10.0


def outcome(place: int, version: str, probabilities: list[float], status: int = 200) -> Outcome:
    body = orjson.dumps({"version": version, "probabilities": probabilities})
    return Outcome(place / RATE, 0.001, status, body)


def test_answers_of_either_version_are_right():
    witness = Witness([b"a", b"b"], TRUTH)
    outcomes = [
        outcome(2, "1", [0.1, 0.2]),
        outcome(0, "2", [0.5, 0.6000001]),
        outcome(1, "2", [0.7, 0.8]),
    ]
    assert witness.judge(outcomes, RATE, 3) == (0, 0, {"1": 1, "2": 2}, {})


@pytest.mark.parametrize(
    "probabilities", [[0.1, 0.6], [0.5, 0.6], [0.3, 0.4], [0.1], [0.1, 0.20001]]
)
def test_one_row_of_another_version_or_request_is_seen(probabilities: list[float]):
    witness = Witness([b"a", b"b"], TRUTH)
    assert witness.judge([outcome(0, "1", probabilities)], RATE, 1).mixed == 1


def test_refusals_and_answers_that_never_came_are_errors():
    witness = Witness([b"a", b"b"], TRUTH)
    outcomes = [outcome(0, "1", [], status=503), outcome(1, "1", [], status=0)]
    verdict = witness.judge(outcomes, RATE, 4)
    assert (verdict.errors, verdict.statuses) == (4, {503: 1, 0: 1})


def test_versions_that_agree_in_a_row_prove_nothing():
    with pytest.raises(CheckFailedError, match="differ"):
        Witness([b"a"], {"1": np.array([[0.1, 0.2]]), "2": np.array([[0.3, 0.2]])})


def test_a_flip_is_seen_at_the_end_of_the_first_answer_by_its_version():
    versions = ["1", "1", "1", "1", "2", "2", "1", "2", "1", "1"]  # one of the old one comes late
    outcomes = [outcome(place, version, []) for place, version in enumerate(versions)]
    assert swaps_of(outcomes[::-1], [0.15, 0.55]) == pytest.approx([0.401, 0.601])


def test_a_version_that_never_answers_is_no_flip():
    outcomes = [outcome(0, "1", []), outcome(1, "2", [], status=503), outcome(2, "1", [])]
    with pytest.raises(CheckFailedError, match="version 2"):
        swaps_of(outcomes, [0.05])
