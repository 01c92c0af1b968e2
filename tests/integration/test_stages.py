"""The stages account for the total: over real sockets, in every form, cold and warm."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from service.stage_clock import STAGES
from tests.integration.processes import LocalGateway, RedisServer, local_gateway, wait_until

ROUNDING_MS = 0.0005 * len(STAGES)


@pytest.fixture(scope="module", params=["no redis", "redis"])
def gateway(
    request: pytest.FixtureRequest, module_releases: Path
) -> Iterator[tuple[LocalGateway, bool]]:
    with ExitStack() as stack:
        redis = request.param == "redis"
        url = stack.enter_context(RedisServer()).url if redis else None
        settings = Settings(
            release_root=module_releases, model_name="sums", redis_url=url, log_sample=1.0
        )
        yield stack.enter_context(local_gateway(settings, SumScorer())), redis


def bodies(rows: int, salt: str) -> dict[str, dict[str, Any]]:
    """The three forms of a request, of values that no other request had."""
    candidates = [{"C5": f"{salt}{row}", "I1": row} for row in range(rows)]
    context = {"C4": f"level{salt}"}
    return {
        "instances": {"instances": [{**context, **candidate} for candidate in candidates]},
        "ranking": {"context": context, "candidates": candidates},
        "columns": {
            "columns": {
                "C4": [context["C4"]] * rows,
                "C5": [candidate["C5"] for candidate in candidates],
                "I1": list(range(rows)),
            }
        },
    }


def stages_of(header: str) -> tuple[dict[str, float], float]:
    found = {name: float(ms) for name, ms in re.findall(r"(\w+);dur=([\d.]+)", header)}
    return found, found.pop("total")


@pytest.mark.parametrize("rows", [1, 200])
@pytest.mark.parametrize("form", ["instances", "ranking", "columns"])
def test_the_stages_of_an_answer_add_up_to_its_total(
    gateway: tuple[LocalGateway, bool], form: str, rows: int
):
    running, redis = gateway
    body = json.dumps(bodies(rows, f"{form}{rows}{redis}")[form])
    for place in range(3):
        answer = running.client.post("/predict", content=body)
        assert answer.status_code == 200, answer.text
        stages, total = stages_of(answer.headers["server-timing"])
        assert sum(stages.values()) == pytest.approx(total, rel=0.05, abs=ROUNDING_MS)
        lookups = {"encode", "redis", "table"} if redis else {"encode", "table"}
        cold = lookups if place == 0 else set()
        assert {"queue", "parse", "l1", "score", "respond"} | cold == set(stages)


def sums(gateway: LocalGateway) -> tuple[float, float, float]:
    """Seconds of all stages, of all requests, and how many requests."""
    label = {"model_version": "1"}
    stages = (gateway.metric("dynint_stage_seconds_sum", stage=each, **label) for each in STAGES)
    total = gateway.metric("dynint_predict_seconds_sum", **label)
    return sum(stages), total, gateway.metric("dynint_predict_seconds_count", **label)


def test_the_stages_in_the_metrics_add_up_to_the_requests(gateway: tuple[LocalGateway, bool]):
    running, _ = gateway
    _, _, before = sums(running)
    for rows in (1, 50, 500):
        for form, body in bodies(rows, f"metrics{rows}").items():
            assert running.client.post("/predict", json=body).status_code == 200, form
    wait_until(lambda: sums(running)[2] == before + 9)
    stages, total, _ = sums(running)
    assert stages == pytest.approx(total, rel=0.05)


def test_the_stages_are_what_the_whole_request_took_at_the_edge(
    gateway: tuple[LocalGateway, bool],
):
    running, redis = gateway
    body = json.dumps(bodies(2_000, f"edge{redis}")["instances"])
    for _ in range(10):  # on a busy machine something else may come between the last two readings
        with capture_logs() as lines:
            assert running.client.post("/predict", content=body).status_code == 200
            wait_until(lambda lines=lines: any(line["event"] == "request" for line in lines))
        (line,) = (line for line in lines if line["event"] == "request")
        share = sum(line["stages_ms"].values()) / line["ms"]
        assert share <= 1.001
        if share >= 0.95:
            return
    pytest.fail(f"the stages account for {share:.1%} of what the edge measured")
