"""What the gateway answers, byte by byte, on real sockets."""

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway, read_reference

MAX_BYTES = 2**20


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[LocalGateway]:
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        max_body_bytes=MAX_BYTES,
        body_timeout_ms=300,
        max_rows=10_000,
    )
    with local_gateway(settings, SumScorer()) as running:
        yield running


def post(gateway: LocalGateway, body: bytes, **headers: str) -> httpx.Response:
    named = {"content-type": "application/json", **headers}
    return gateway.client.post("/predict", content=body, headers=named)


def check_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check the form that every error has, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < 4096
    content = response.json()
    assert content["status"] == status
    assert content["type"].startswith("urn:dynint:problem:")
    assert content["title"]
    assert content["detail"]
    assert content["request_id"] == response.headers["x-request-id"]
    assert len(content.get("errors", [])) <= 10
    return content


def test_real_rows_are_scored_as_trained(gateway: LocalGateway, module_releases: Path):
    rows, probabilities = read_reference(module_releases)
    for _ in range(2):  # from the table, then from L1
        answer = gateway.predict(rows)
        np.testing.assert_allclose(answer["probabilities"], probabilities["sums"]["1"], atol=1e-6)
        assert answer.keys() == {"model", "version", "probabilities", "degraded", "request_id"}
        assert (answer["model"], answer["version"], answer["degraded"]) == ("sums", "1", False)


def test_both_paths_and_both_forms_say_the_same(gateway: LocalGateway):
    ranking = {"context": {"C4": "level1"}, "candidates": [{"C5": "level2"}, {"I1": 3}]}
    merged = {"instances": [{"C4": "level1", "C5": "level2"}, {"C4": "level1", "I1": 3}]}
    expected = gateway.predict(merged["instances"])["probabilities"]
    for path in ("/predict", "/v1/predict"):
        for body in (ranking, merged):
            answer = gateway.client.post(path, json=body)
            assert answer.json()["probabilities"] == expected


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"instances": [{"I1": 1}', 400),
        (b'{"instances": [{"I1": NaN}]}', 400),
        (b'{"instances": [{"I1": Infinity}]}', 400),
        (b'{"instances": [{"I1": 1e999}]}', 400),
        (b'{"instances": [{"I1": 1' + b"0" * 400 + b"}]}", 400),
        (b'{"instances": [{"C4": "\\ud800"}]}', 400),
        (b'{"instances": [{"C4": "\\udc00\\ud800"}]}', 400),
        (b"[" * 100_000, 400),
        (b'{"instances": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"instances": {}}', 422),
        (b'{"instances": []}', 422),
        (b'{"instances": [1]}', 422),
        (b'{"instances": [{"nope": 1}]}', 422),
        (b'{"instances": [{"I1": true}]}', 422),
        (b'{"instances": [{"I1": "3"}]}', 422),
        (b'{"instances": [{"I1": [1]}]}', 422),
        (b'{"instances": [{"C4": true}]}', 422),
        (b'{"instances": [{"C4": 1.0}]}', 422),
        (b'{"instances": [{"C4": {}}]}', 422),
        (b'{"instances": [{"I1": 18446744073709551616}]}', 422),
        (b'{"instances": [{"C4": 18446744073709551616}]}', 422),
        (b'{"instances": [{"I1": -9223372036854775809}]}', 422),
        (b'{"instances": [' + b"{}," * 10_000 + b"{}]}", 422),
        (b'{"instances": [' + b'{"I1": "x"},' * 9_999 + b"{}]}", 422),
        (b'{"context": {"C5": "x"}, "candidates": [{}]}', 422),
        (b'{"context": {}, "candidates": [{"C4": "x"}]}', 422),
        (b'{"instances": [{"I1": 18446744073709551615}]}', 200),
        (b'{"instances": [{"I1": 1e308}, {"I1": -0.0}, {"I1": 1e20}]}', 200),
        (b'{"instances": [{"C4": null}, {"C4": ""}, {}]}', 200),
        (b'{"instances": [{"I1": null}, {"I1": ""}, {}]}', 200),
        (b'{"instances": [{"C4": "\\ud83d\\ude00"}]}', 200),
        (b'{"instances": [' + b"{}," * 9_999 + b"{}]}", 200),
    ],
)
def test_bodies(gateway: LocalGateway, body: bytes, status: int):
    response = post(gateway, body)
    if status == 200:
        assert response.status_code == 200, response.text
        assert all(0 <= score <= 1 for score in response.json()["probabilities"])
    else:
        check_problem(response, status)


def test_an_error_names_field_rule_and_type_and_never_the_value(gateway: LocalGateway):
    body = b'{"instances": [{}, {"I1": "secret-value", "C4": 2.5, "secret.name": 1}]}'
    content = check_problem(post(gateway, body), 422)
    assert "secret-value" not in json.dumps(content)
    by_field = {error["field"]: error for error in content["errors"]}
    assert by_field["I1"] == {
        "pointer": "#/instances/1/I1",
        "field": "I1",
        "rule": "must be a number",
        "received": "string",
    }
    assert by_field["C4"]["pointer"] == "#/instances/1/C4"
    assert by_field["secret.name"]["received"] == "an unknown name"


def test_true_one_and_one_point_zero_are_told_apart_whatever_was_seen_before(gateway: LocalGateway):
    assert post(gateway, b'{"instances": [{"C4": 1}, {"I1": 1}, {"I1": 1.0}]}').status_code == 200
    check_problem(post(gateway, b'{"instances": [{"C4": true}]}'), 422)
    check_problem(post(gateway, b'{"instances": [{"C4": 1.0}]}'), 422)
    check_problem(post(gateway, b'{"instances": [{"I1": true}]}'), 422)


def test_of_duplicate_keys_the_last_wins(gateway: LocalGateway):
    twice = post(gateway, b'{"instances": [{"C4": "level1", "C4": "level2"}]}').json()
    assert twice["probabilities"] == gateway.predict([{"C4": "level2"}])["probabilities"]


@pytest.mark.parametrize("value", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_other_content_types_are_refused(gateway: LocalGateway, value: str):
    content = check_problem(post(gateway, b"{}", **{"content-type": value}), 415)
    assert "application/json" in content["detail"]


def test_compressed_bodies_are_refused(gateway: LocalGateway):
    check_problem(post(gateway, b"{}", **{"content-encoding": "gzip"}), 415)


def test_paths_and_methods(gateway: LocalGateway):
    check_problem(gateway.client.get("/nothing"), 404)
    check_problem(gateway.client.post("/predict/", content=b"{}"), 404)
    refused = gateway.client.get("/predict")
    check_problem(refused, 405)
    assert refused.headers["allow"] == "POST"
    refused = gateway.client.post("/livez")
    check_problem(refused, 405)
    assert refused.headers["allow"] == "GET, HEAD"
    assert gateway.client.head("/metrics").headers["allow"] == "GET"


def test_a_request_id_comes_back_if_it_is_one(gateway: LocalGateway):
    answer = post(gateway, b'{"instances": [{}]}', **{"x-request-id": "abc-1"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "abc-1"
    answer = post(gateway, b'{"instances": [{}]}', **{"x-request-id": "a b"})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    assert gateway.client.get("/livez").headers["x-request-id"]


def test_server_timing_names_the_stages(gateway: LocalGateway):
    timing = post(gateway, b'{"instances": [{}]}').headers["server-timing"]
    stages = dict(part.split(";dur=") for part in timing.split(", "))
    assert {"parse", "l1", "score", "respond", "total"} <= stages.keys()
    total = float(stages.pop("total"))
    assert sum(map(float, stages.values())) == pytest.approx(total, abs=0.01)


def raw(
    gateway: LocalGateway, head: bytes, *chunks: bytes, pause: float = 0
) -> tuple[bytes, float]:
    """Send bytes and read until the gateway closes; returns the answer and how long it took."""
    host, port = gateway.url.removeprefix("http://").split(":")
    started = time.monotonic()
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(head)
        for chunk in chunks:
            try:
                connection.sendall(chunk)
            except OSError:
                break
            time.sleep(pause)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return answer, time.monotonic() - started


HEAD = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


def test_29_a_declared_huge_body_is_refused_before_it_is_sent(gateway: LocalGateway):
    answer, _ = raw(gateway, HEAD + b"content-length: 314572800\r\n\r\n", b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


def test_29_a_streamed_huge_body_is_refused_after_the_limits_bytes(gateway: LocalGateway):
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    head = HEAD + b"transfer-encoding: chunked\r\n\r\n"
    answer, _ = raw(gateway, head, *[chunk] * (MAX_BYTES // 65536 + 20), b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


def test_a_body_that_does_not_arrive_gets_408_at_the_deadline(gateway: LocalGateway):
    answer, seconds = raw(gateway, HEAD + b"content-length: 100\r\n\r\n", b"{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    assert 0.3 <= seconds < 3


def test_pipelined_requests_are_answered_in_order(gateway: LocalGateway):
    bodies = [
        b'{"instances": [{}]}',
        b"{",
        b'{"instances": [{}, {}, {}]}',
        b'{"instances": [{"nope": 1}]}',
    ]
    requests = [
        HEAD + b"x-request-id: r%d\r\ncontent-length: %d\r\n\r\n" % (place, len(body)) + body
        for place, body in enumerate(bodies)
    ]
    last = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer, _ = raw(gateway, b"".join(requests) + last)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"400", b"200", b"422", b"200"]
    assert re.findall(rb"x-request-id: (r\d)", answer) == [b"r0", b"r1", b"r2", b"r3"]


def test_a_client_that_leaves_in_mid_body_leaves_nothing_behind(gateway: LocalGateway):
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(HEAD + b"content-length: 100\r\n\r\n{")
    assert gateway.predict([{}])["probabilities"]


def test_docs_need_nothing_from_elsewhere(gateway: LocalGateway):
    page = gateway.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert assets
    for asset in assets:
        assert asset.startswith("/")
        assert gateway.client.get(asset).status_code == 200


def test_models_and_health(gateway: LocalGateway):
    (model,) = gateway.client.get("/v1/models").json()["models"]
    assert (model["name"], model["version"], model["loaded"]) == ("sums", "1", ["1"])
    assert model["fields"][0] == {"name": "I1", "kind": "numeric", "side": "candidate"}
    assert model["example"].keys() == {field["name"] for field in model["fields"]}
    assert gateway.predict([model["example"]])
    health = gateway.client.get("/healthz").json()
    assert (health["status"], health["redis"]) == ("ready", "not configured")
    assert gateway.client.get("/readyz").json()["version"] == "1"


def test_metrics_count_by_stage_version_and_status(gateway: LocalGateway):
    gateway.predict([{"C4": "level1"}])
    text = gateway.client.get("/metrics").text
    assert 'dynint_stage_seconds_bucket{le="0.00025",model_version="1",stage="parse"}' in text
    assert 'dynint_requests_total{route="/predict",status="200"}' in text
    for name in ("dynint_tier_hits_total", "dynint_absences_total", "dynint_predict_seconds_count"):
        assert name in text
