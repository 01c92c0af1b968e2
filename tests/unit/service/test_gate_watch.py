import asyncio
from dataclasses import replace

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from service.array_histogram import ArrayHistogram
from service.deadline import Deadline
from service.errors import ScorerUnavailableError
from service.gate_watch import GateWatch, whole_rows
from service.prediction import Prediction
from service.release import Release
from service.sampler import Sampler
from service.scorers.sum_scorer import Floats, SumVersion
from service.tiers.embedded import Embedded
from tests.unit.service.fakes import make_release

WHOLE = np.arange(18, dtype=np.float32).reshape(3, 3, 2) / 20
GATES = ("1", "3")
"""The fake gives the floats of the first field: two."""


class Watched:
    """A watch with a registry of its own."""

    def __init__(self, sample: float = 1.0) -> None:
        self.registry = CollectorRegistry()
        self.histogram = ArrayHistogram("g", "G.", ["v", "l"], (0.1, 0.5), self.registry)
        self.watch = GateWatch(sample, self.histogram)

    def value(self, suffix: str, layer: str) -> float | None:
        return self.registry.get_sample_value(f"g_{suffix}", {"v": "7", "l": layer})


def make_prediction(release: Release, blocks: tuple[Floats, ...] = (WHOLE,)) -> Prediction:
    embedded = Embedded(blocks, [])
    return Prediction(
        "dynint", "7", np.zeros(len(blocks[-1]), np.float32), embedded, release=release
    )


def answer(watched: Watched, prediction: Prediction, *ids: str) -> None:
    async def run() -> None:
        for each in ids or ("a",):
            watched.watch.answered(each, prediction)
            for _ in range(3):
                await asyncio.sleep(0)
        await watched.watch.close()

    asyncio.run(run())


def test_every_row_counts_for_each_layer():
    watched = Watched()
    answer(watched, make_prediction(replace(make_release("7"), gates=GATES)))
    assert watched.value("count", "1") == watched.value("count", "3") == 3
    assert watched.value("sum", "1") == pytest.approx(WHOLE[:, 0, 0].sum())
    assert watched.value("sum", "3") == pytest.approx(WHOLE[:, 0, 1].sum())


def test_the_rows_of_a_context_and_its_candidates_are_put_together():
    release = make_release("7")  # price, user, ad: candidate, context, candidate
    blocks = WHOLE[:1, [1]], np.ascontiguousarray(WHOLE[:, [0, 2]])
    merged = WHOLE.copy()
    merged[:, 1] = WHOLE[0, 1]
    np.testing.assert_array_equal(whole_rows(release, blocks, 64), merged)
    np.testing.assert_array_equal(whole_rows(release, blocks, 2), merged[::2])
    many = np.repeat(WHOLE, 100, axis=0)
    assert len(whole_rows(release, (many,), 64)) == 60
    assert len(whole_rows(release, (many[:64],), 64)) == 64


def test_only_the_sample_is_measured():
    watched = Watched(0.3)
    ids = [f"id{number}" for number in range(50)]
    answer(watched, make_prediction(replace(make_release("7"), gates=GATES)), *ids)
    assert watched.value("count", "1") == 3 * sum(map(Sampler(0.3).takes, ids))


def test_a_release_without_gates_has_no_such_metric():
    watched = Watched()
    answer(watched, make_prediction(make_release("7")))
    assert watched.value("count", "1") is None


@pytest.mark.parametrize("failure", [ScorerUnavailableError("scorer: gone"), KeyError("a bug")])
def test_failures_are_told_of_once_and_hurt_nobody(failure: Exception):
    scorer = SumVersion()
    scorer.failure = failure  # type: ignore[assignment]  # whatever it is
    watched = Watched()
    with capture_logs() as lines:
        answer(
            watched,
            make_prediction(replace(make_release("7", scorer), gates=GATES)),
            *map(str, range(20)),
        )
    assert watched.value("count", "1") is None
    assert 1 <= len(lines) <= 2
    assert lines[0]["event"] == "gates_not_measured"


def test_an_answer_of_another_shape_is_not_counted():
    watched = Watched()
    with capture_logs() as lines:
        answer(watched, make_prediction(replace(make_release("7"), gates=("1", "2", "3"))))
    assert watched.value("count", "1") is None
    assert "one share per row and layer" in lines[0]["text"]


class Waiting(SumVersion):
    """Measures when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.begun = 0

    async def gates(self, x0: Floats, deadline: Deadline) -> Floats:
        """Wait, then measure."""
        self.begun += 1
        await self.go.wait()
        return await super().gates(x0, deadline)


def test_one_request_is_measured_at_a_time_and_the_others_are_left_out():
    async def run() -> None:
        scorer, watched = Waiting(), Watched()
        prediction = make_prediction(replace(make_release("7", scorer), gates=GATES))
        for _ in range(5):
            watched.watch.answered("a", prediction)
            await asyncio.sleep(0)
        assert scorer.begun == 1
        scorer.go.set()
        await asyncio.sleep(0.01)
        assert watched.value("count", "1") == 3
        watched.watch.answered("a", prediction)
        await asyncio.sleep(0.01)
        assert scorer.begun == 2
        await watched.watch.close()

    asyncio.run(run())
