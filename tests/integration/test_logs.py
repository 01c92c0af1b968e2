"""What the gateway's process writes of requests, and what it never does."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from structlog.testing import capture_logs

from service.errors import ScorerUnavailableError
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import GatewayProcess, local_gateway, wait_until

SECRET = "level-of-somebody"  # noqa: S105 (a value of a feature)
BODIES = (
    {"instances": [{"C4": SECRET, "I1": 123456789}, {}]},
    {"context": {"C4": SECRET}, "candidates": [{"I1": 123456789}]},
    {"instances": [{"C4": [SECRET], SECRET: 1}]},  # 422
    {"instances": SECRET},  # 422
)


def told(lines: list[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_json_lines_tell_of_sampled_requests_and_of_no_feature(releases: Path):
    with GatewayProcess(
        releases, model_name="sums", scorer="grpc://127.0.0.1:1", ready="^not ready: ", log_sample=1
    ) as gateway:
        statuses = [
            httpx.post(
                f"{gateway.url}/predict", json=body, headers={"x-request-id": f"r{place}"}
            ).status_code
            for place, body in enumerate(BODIES)
        ]
        httpx.get(f"{gateway.url}/{SECRET}?{SECRET}=1")
        wait_until(lambda: any('"route":"other"' in line for line in gateway.lines))
        lines = list(gateway.lines)
    assert statuses == [503] * 4  # nothing is loaded
    assert SECRET not in "".join(lines)
    assert "123456789" not in "".join(lines)
    failures = [line for line in told(lines) if line["event"] == "request_failed"]
    assert 1 <= len(failures) <= 4  # one a second
    assert failures[0]["request_id"] == "r0"
    assert (failures[0]["status"], failures[0]["error"]) == (503, "NotReadyError")
    others = [line for line in told(lines) if line["event"] == "request"]
    assert {line["route"] for line in others} == {"other"}
    assert all(line["timestamp"] and line["level"] == "info" for line in others)


def test_what_was_scored_and_what_was_refused_is_told_of_without_a_value(releases: Path):
    settings = Settings(release_root=releases, model_name="sums", log_sample=1.0)
    scorer = SumScorer()
    with capture_logs() as lines, local_gateway(settings, scorer) as gateway:
        statuses = [gateway.client.post("/predict", json=body).status_code for body in BODIES]
        scorer.opened[1].failure = ScorerUnavailableError("scorer: must be reachable; it is not")
        assert gateway.client.post("/predict", json=BODIES[0]).status_code == 503
    assert statuses == [200, 200, 422, 422]
    of = [line for line in lines if line.get("route") == "/predict"]
    assert [line["status"] for line in of] == [200, 200, 422, 422, 503]
    assert [line.get("rows") for line in of] == [2, 1, None, None, None]
    assert of[0]["version"] == "1"
    assert {"parse", "score", "respond"} <= of[0]["stages_ms"].keys()
    assert of[4]["error"] == "ScorerUnavailableError"
    assert "parse" in of[4]["stages_ms"]  # how far it came
    assert SECRET not in repr(lines)


def test_nothing_is_told_of_requests_outside_the_sample(releases: Path):
    settings = Settings(
        release_root=releases, model_name="sums", log_sample=0.0, log_slow_ms=600_000
    )
    with capture_logs() as lines, local_gateway(settings, SumScorer()) as gateway:
        gateway.predict([{}])
    assert "request" not in {line["event"] for line in lines}


def test_scores_are_counted_by_version(releases: Path):
    settings = Settings(release_root=releases, model_name="sums")
    scorer = SumScorer()
    with local_gateway(settings, scorer) as gateway:
        scorer.opened[1].answer = np.array([0.00005, 0.0125, 0.5], np.float32)
        gateway.predict([{}] * 3)
        wait_until(lambda: gateway.metric("dynint_score_count", model_version="1") == 3)
        text = gateway.client.get("/metrics").text
    for bound, count in (("0.0001", 1), ("0.01", 1), ("0.015", 2), ("0.3", 2), ("0.5", 3)):
        assert f'dynint_score_bucket{{le="{bound}",model_version="1"}} {count}.0\n' in text
    assert 'dynint_score_sum{model_version="1"} 0.5125' in text


@pytest.mark.parametrize(("form", "is_json"), [("auto", False), ("console", False), ("json", True)])
def test_a_terminal_gets_lines_for_a_person_unless_json_is_asked_for(form: str, is_json: bool):
    script = (
        "import structlog; from service.logs import configure_logs\n"
        f"configure_logs('info', {form!r})\n"
        "structlog.get_logger().info('hello', number=1)\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError as error: structlog.get_logger().error('bad', exc_info=error)"
    )
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", script], stderr=theirs, check=True, timeout=60)
    os.close(theirs)
    text = os.read(ours, 2**16).decode()
    os.close(ours)
    assert ('"event":"hello"' in text) == is_json
    assert "hello" in text
    assert "ZeroDivisionError" in text
