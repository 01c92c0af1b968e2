"""What alerts, recording rules and dashboards ask for is what a real gateway exports."""

import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.processes import GatewayProcess, RedisServer, read_reference, wait_until
from tests.unit.deploy.promql import ROOT, asked, texts

SCRAPED = frozenset({"job", "instance", "namespace", "le"})
"""Labels that Prometheus adds, and that of buckets."""

NOT_SEEN = frozenset(
    {
        "dynint_canary_failures_total",
        "dynint_canary_loads_total",
        "dynint_canary_requests_total",
        "dynint_canary_state",
        "dynint_model_server_used",
        "dynint_redis_rejected_rows_total",
        "dynint_refused_keys_total",
        "dynint_scorer_retries_total",
    }
)
"""Declared by every gateway, with the documented labels; samples come with canaries, keys and model servers."""

OF_OTHERS = ("dynint_retrain_", "dynint:", ":tensorflow:", "node_textfile_")

Exported = dict[str, set[str]]


@pytest.fixture(scope="module")
def page(module_releases: Path) -> str:
    """The metrics of a gateway after requests of every kind and a Redis that went away."""
    rows, _ = read_reference(module_releases)
    with (
        RedisServer() as redis,
        GatewayProcess(
            module_releases,
            redis_url=redis.url,
            gate_sample=1,
            pointer_poll_ms=20,
            redis_breaker_failures=1,
            redis_breaker_cooldown_ms=60_000,
            l1_rows=1,
        ) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        assert client.post("/predict", json={"instances": rows[:50]}).status_code == 200
        assert client.post("/predict", json={"instances": [{"nobody": 1}]}).status_code == 422
        assert client.post("/v1/predict", json={"instances": rows[:1]}).status_code == 200
        assert client.post("/v1/predict", content=b"{").status_code in {400, 415}
        assert client.get("/nowhere").status_code == 404
        redis.stop()

        def degraded() -> bool:
            answer = client.post("/predict", json={"instances": rows[:50]}).json()
            return 'reason="redis_open"' in client.get("/metrics").text and answer["degraded"]

        wait_until(degraded)
        wait_until(lambda: "dynint_gate_saturation_count{" in client.get("/metrics").text)
        return client.get("/metrics").text


@pytest.fixture(scope="module")
def exported(page: str) -> Exported:
    """Names of samples and their labels."""
    found: Exported = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    declared = set(re.findall(r"^# TYPE (\w+) ", page, re.MULTILINE))
    assert declared >= NOT_SEEN
    told = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    for name, labels in re.findall(r"^\| `(\w+)` \| \w+ \| ([^|]*) \|", told, re.MULTILINE):
        if name in NOT_SEEN:
            found.setdefault(name, set()).update(re.findall(r"`(\w+)`", labels))
    return found


def test_every_metric_and_label_that_is_asked_for_is_there(exported: Exported):
    asked_for = set()
    for text in texts():
        question = asked(text)
        known = set(SCRAPED)
        for name, labels in question.selectors:
            if name.startswith(OF_OTHERS) or name == "up":
                known |= question.grouped  # tests/model/retrain, and those beside the rules
                continue
            asked_for.add(name)
            assert name in exported, text
            assert labels <= exported[name] | SCRAPED, text
            known |= exported[name]
        assert question.grouped <= known, text
    assert len(asked_for) > 30


def test_a_value_that_a_rule_names_is_one_that_comes(page: str):
    """``le="0.05"`` is a bound, the routes and reasons are those of the gateway."""
    assert 'dynint_predict_seconds_bucket{le="0.05"' in page
    assert 'dynint_degraded_total{reason="redis_open"}' in page
    for route in ("/predict", "/v1/predict"):
        assert re.fullmatch("(/v1)?/predict", route)
        assert f'dynint_requests_total{{route="{route}",status="200"}}' in page
