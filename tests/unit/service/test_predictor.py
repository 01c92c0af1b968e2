import asyncio

import numpy as np
import pytest

from service.adaptive_limit import AdaptiveLimit
from service.deadline import Deadline
from service.errors import (
    DeadlineError,
    InvalidQueryError,
    OverloadedError,
    ScoreError,
    VersionGoneError,
)
from service.prediction import Prediction
from service.predictor import Predictor
from service.release import Release
from service.scorers.sum_scorer import Floats, SumVersion
from service.slots import Slots
from service.stage_clock import StageClock
from service.turnstile import Turnstile
from tests.unit.service.fakes import make_release
from tests.unit.service.specs import KNOWN


class Successive:
    """Gives one release after the other, then the last for ever."""

    known = KNOWN
    trial = None

    def __init__(self, *releases: Release) -> None:
        self._left = list(releases)

    def take(self) -> Release:
        """Give the next."""
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


BODY = b'{"instances": [{"price": 1, "user": "ann", "ad": "x"}, {}]}'


def make_predictor(*releases: Release, max_concurrent: int = 9) -> Predictor:
    return Predictor(
        Successive(*releases), 10, AdaptiveLimit(max_concurrent, 1.0), Turnstile(), Slots()
    )


def predict(predictor: Predictor, body: bytes = BODY, budget_ms: float = 1e4) -> Prediction:
    return asyncio.run(predictor.predict(body, Deadline.after_ms(budget_ms), StageClock()))


def test_scores_keep_the_requests_order():
    prediction = predict(make_predictor(make_release("7")))
    logits = np.array([25.0, 0.2 + 0.4 + 18])
    np.testing.assert_allclose(prediction.probabilities, 1 / (1 + np.exp(-logits)), rtol=1e-6)
    assert (prediction.model, prediction.version) == ("dynint", "7")
    assert not prediction.degraded


@pytest.mark.parametrize(
    "scores",
    [[np.nan, 0.5], [np.inf, 0.5], [0.5, -0.1], [0.5, 1.1], [0.5], [0.5, 0.5, 0.5], [[0.5], [0.5]]],
)
def test_what_is_no_probability_is_never_let_out(scores: list[float]):
    scorer = SumVersion()
    scorer.answer = np.array(scores, np.float32)
    with pytest.raises(ScoreError, match=r"finite and in \[0, 1\]"):
        predict(make_predictor(make_release("7", scorer)))


def test_a_version_that_is_gone_is_resolved_once_more_with_its_own_rows():
    gone = SumVersion()
    gone.failure = VersionGoneError("gone")
    assert predict(make_predictor(make_release("7", gone), make_release("8"))).version == "8"
    with pytest.raises(VersionGoneError):
        predict(make_predictor(make_release("7", gone)))


def test_times_are_kept_for_a_canary_to_come():
    release = make_release("7")
    predictor = make_predictor(release)
    for _ in range(3):
        predict(predictor)
    assert release.times.count == 3
    assert 0 < release.times.quantile(0.5) < 10


def test_a_request_whose_time_is_up_is_not_scored():
    with pytest.raises(DeadlineError):
        predict(make_predictor(make_release("7")), budget_ms=-1)


def test_a_value_that_an_encoder_refuses_is_named_by_its_place():
    with pytest.raises(InvalidQueryError) as caught:
        predict(make_predictor(make_release("7")), b'{"instances": [{}, {"price": "3"}]}')
    assert caught.value.violations[0].pointer == "#/instances/1/price"


def test_integers_beyond_64_bits_are_refused_however_often_they_come():
    predictor = make_predictor(make_release("7"))
    predict(predictor, b'{"instances": [{"price": 1e20}]}')
    for _ in range(2):
        with pytest.raises(InvalidQueryError, match="integers must lie"):
            predict(predictor, b'{"instances": [{"price": 100000000000000000000}]}')


@pytest.mark.parametrize("order", [1, -1])
def test_an_integer_beyond_64_bits_is_refused_beside_the_float_that_equals_it(order: int):
    values = ["1.8446744073709552e19", "18446744073709551616"][::order]
    body = f'{{"instances": [{{"price": {values[0]}}}, {{"price": {values[1]}}}]}}'
    with pytest.raises(InvalidQueryError) as caught:
        predict(make_predictor(make_release("7")), body.encode())
    (violation,) = caught.value.violations
    assert violation.pointer == f"#/instances/{values.index('18446744073709551616')}/price"


def test_all_that_is_wrong_is_named_integers_beyond_64_bits_too():
    body = b'{"instances": [{"price": 18446744073709551616}, {"ad": -9223372036854775809, "user": true}]}'
    with pytest.raises(InvalidQueryError) as caught:
        predict(make_predictor(make_release("7")), body)
    assert [(each.field, each.received) for each in caught.value.violations] == [
        ("price", "an integer of 65 bits"),
        ("ad", "an integer of 65 bits"),
        ("user", "boolean"),
    ]


class Waiting(SumVersion):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def score(self, x0: Floats, deadline: Deadline) -> Floats:
        """Wait, then score."""
        await self.go.wait()
        return await super().score(x0, deadline)


def test_too_many_requests_at_a_time_are_refused():
    async def run() -> None:
        scorer = Waiting()
        predictor = make_predictor(make_release("7", scorer), max_concurrent=1)
        deadline = Deadline.after_ms(1e4)
        first = asyncio.create_task(predictor.predict(BODY, deadline, StageClock()))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="as many under way"):
            await predictor.predict(BODY, deadline, StageClock())
        scorer.go.set()
        await first
        await predictor.predict(BODY, deadline, StageClock())  # the first has left its place

    asyncio.run(run())
