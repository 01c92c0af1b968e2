"""A request of the canary's is answered whole, by it or by the live release."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from model.features import Encoder, FeatureSpec, Field
from service.adaptive_limit import AdaptiveLimit
from service.canary.metrics import CanaryMetrics
from service.canary.thresholds import Thresholds
from service.canary.trial import Trial
from service.deadline import Deadline
from service.errors import (
    DeadlineError,
    InvalidQueryError,
    OverloadedError,
    ScorerRefusedError,
    ScorerUnavailableError,
    TableError,
    VersionGoneError,
)
from service.parsing.columns import ColumnReader
from service.parsing.typed_reader import TypedReader
from service.prediction import Prediction
from service.predictor import Predictor
from service.release import Release
from service.scorers.sum_scorer import Floats, SumVersion
from service.slots import Slots
from service.stage_clock import StageClock
from service.tiers.embedding_tiers import EmbeddingTiers
from service.tiers.l1 import L1
from service.tiers.row_codec import RowCodec
from service.tiers.row_table import InMemoryRowTable
from service.turnstile import Turnstile
from tests.unit.service.fakes import make_release
from tests.unit.service.specs import ENCODER, KNOWN, OOV, ROWS

BODY = b'{"instances": [{"price": 1, "user": "ann", "ad": "x"}, {}]}'
LOGITS = np.array([25.0, 0.2 + 0.4 + 18])
ALLOWED = Thresholds(100, 0.5, 2.0, 10.0, 0.25)


class Beside:
    """A live release, and a canary of which every row is a tenth of the live one's."""

    known = KNOWN

    def __init__(self, share: float = 1.0) -> None:
        self.live_scorer, self.scorer = SumVersion(), SumVersion()
        self.live = make_release("7", self.live_scorer)
        table = InMemoryRowTable({mark: row / 10 for mark, row in ROWS.items()}, OOV / 10)
        tiers = EmbeddingTiers(ENCODER, L1(3, 2, 100), table, RowCodec("cd" * 32, 2))
        canary = replace(make_release("8", self.scorer), tiers=tiers)
        self.registry = CollectorRegistry()
        self.trial = Trial(canary, self.live, share, ALLOWED, CanaryMetrics(self.registry))
        self.predictor = Predictor(self, 10, AdaptiveLimit(9, 1.0), Turnstile(), Slots())

    def take(self) -> Release:
        """Give the live one."""
        return self.live

    def predict(self, key: str = "ann", body: bytes = BODY, budget_ms: float = 1e4) -> Prediction:
        deadline, clock = Deadline.after_ms(budget_ms), StageClock()
        return asyncio.run(self.predictor.predict(body, deadline, clock, key))

    def failures(self, reason: str) -> float:
        labels = {"model_version": "8", "reason": reason}
        return self.registry.get_sample_value("dynint_canary_failures_total", labels) or 0.0


def is_lives(prediction: Prediction) -> bool:
    """Tell whether version and scores are the live release's."""
    scores = 1 / (1 + np.exp(-LOGITS))
    return prediction.version == "7" and np.allclose(prediction.probabilities, scores, rtol=1e-6)


def test_a_request_of_the_canarys_is_answered_by_it_with_its_own_rows():
    beside = Beside()
    prediction = beside.predict()
    assert prediction.version == "8"
    np.testing.assert_allclose(prediction.probabilities, 1 / (1 + np.exp(-LOGITS / 10)), rtol=1e-6)
    assert beside.trial.judge.requests == 1
    assert beside.trial.judge.figures()["live_requests"] == 0


def test_the_key_decides_and_both_are_timed():
    beside = Beside(share=0.5)
    versions = {f"user{each}": beside.predict(f"user{each}").version for each in range(40)}
    assert set(versions.values()) == {"7", "8"}
    for key, version in versions.items():
        assert beside.predict(key).version == version
    figures = beside.trial.judge.figures()
    assert figures["requests"] == 2 * list(versions.values()).count("8")
    assert figures["live_requests"] == 2 * list(versions.values()).count("7")
    assert figures["latency_seconds"] > 0


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (VersionGoneError("x"), "gone"),
        (ScorerUnavailableError("x"), "unavailable"),
        (OverloadedError("x"), "overloaded"),
        (ScorerRefusedError("x"), "refused"),
        (TableError("x"), "table"),
        (DeadlineError("x"), "late"),
        (ZeroDivisionError(), "internal"),
    ],
)
def test_what_the_canary_fails_the_live_release_answers(failure: Exception, reason: str):
    beside = Beside()
    beside.scorer.failure = failure  # type: ignore[assignment]  # a bug is none of ours
    assert is_lives(beside.predict())
    assert beside.failures(reason) == beside.trial.judge.failures == 1
    assert beside.trial.judge.figures()["live_requests"] == 0  # it took twice as long


@pytest.mark.parametrize("scores", [[np.nan, 0.5], [0.5, 1.1], [0.5], [0.5, 0.5, 0.5]])
def test_what_is_no_probability_is_not_let_out(scores: list[float]):
    beside = Beside()
    beside.scorer.answer = np.array(scores, np.float32)
    assert is_lives(beside.predict())
    assert beside.failures("no_probability") == 1


def test_a_canary_that_hangs_leaves_half_of_the_time():
    class Hanging(SumVersion):
        """Ends with its deadline, as a remote scorer does."""

        async def score(self, x0: Floats, deadline: Deadline) -> Floats:
            await asyncio.sleep(deadline.remaining_s())
            raise DeadlineError("scorer: must answer before the request's deadline; it did not")

    beside = Beside()
    beside.trial.release = replace(beside.trial.release, scorer=Hanging())
    assert is_lives(beside.predict(budget_ms=2_000))
    assert beside.failures("late") == 1


def test_where_both_fail_nothing_is_held_against_the_canary():
    beside = Beside()
    beside.scorer.failure = ScorerUnavailableError("the canary's")
    beside.live_scorer.failure = ScorerUnavailableError("the live one's")
    with pytest.raises(ScorerUnavailableError, match="the live one's"):
        beside.predict()
    assert beside.trial.judge.requests == 0


@pytest.mark.parametrize("body", [b'{"instances": [{"price": "3"}]}', b"{", b"{}"])
def test_callers_errors_are_not_held_against_the_canary(body: bytes):
    beside = Beside()
    with pytest.raises(Exception, match="must"):
        beside.predict(body=body)
    assert beside.trial.judge.requests == 0
    assert beside.predict().version == "8"


def test_what_only_the_canary_refuses_is_answered_and_counted():
    spec = FeatureSpec(
        (
            Field("price", "numeric", "candidate", "squared_log"),
            Field("user", "numeric", "context", "squared_log"),  # was categorical
            Field("ad", "categorical", "candidate"),
        )
    )
    encoder = Encoder(spec)
    beside = Beside()
    tiers = EmbeddingTiers(
        encoder, L1(3, 2, 100), InMemoryRowTable({}, OOV), RowCodec("cd" * 32, 2)
    )
    beside.trial.release = replace(
        beside.trial.release,
        spec=spec,
        typed=TypedReader(spec, ranks=True),
        reader=ColumnReader(encoder),
        tiers=tiers,
    )
    assert is_lives(beside.predict())
    assert beside.failures("input") == 1
    with pytest.raises(InvalidQueryError):
        beside.predict(body=b'{"instances": [{"price": true}]}')
    assert beside.failures("input") == 1


def test_after_the_verdict_the_live_release_answers_all():
    beside = Beside()
    beside.scorer.failure = VersionGoneError("gone")
    for _ in range(60):
        assert is_lives(beside.predict())
    assert beside.trial.verdict == "errors"
    assert beside.failures("gone") == 51  # of 100 at the least, more than half
