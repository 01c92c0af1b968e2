"""Faults 29 to 38 on what the image runs: a real Redis, a real model server, ``deploy/gateway.env``."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest

from service.settings import Settings
from tests.integration.deployed import (
    ADDRESSES,
    DeployedGateway,
    Surroundings,
    read_env,
)
from tests.integration.processes import read_reference, wait_until
from tests.integration.raw_http import HEAD, LIVEZ, ROW, RawConnection, post
from tests.integration.test_http_protocol import MALFORMED
from tests.integration.test_predict_bodies import BROKEN

pytestmark = pytest.mark.slow


@pytest.fixture
def to_it(deployed: DeployedGateway) -> Iterator[RawConnection]:
    with deployed.connect() as connected:
        yield connected


def test_every_line_of_the_file_is_a_setting_that_is_accepted(monkeypatch: pytest.MonkeyPatch):
    env = read_env()
    known = {f"DYNINT_{name.upper()}" for name in Settings.model_fields}
    assert env.keys() <= known
    assert {f"DYNINT_{name}" for name in ADDRESSES} <= env.keys()
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)  # noqa: S104 (what is tested)
    assert settings.scorer_targets
    assert settings.header_timeout_ms <= 30_000


def test_rows_are_scored_as_trained_through_redis_and_the_model_server(
    deployed: DeployedGateway, module_releases: Path
):
    rows, probabilities = read_reference(module_releases)
    for _ in range(2):
        answer = httpx.post(f"{deployed.url}/predict", json={"instances": rows}).json()
        assert not answer["degraded"]
        np.testing.assert_allclose(answer["probabilities"], probabilities["dynint"]["1"], atol=1e-5)
    health = httpx.get(f"{deployed.url}/healthz").json()
    assert (health["redis"], health["scorer_available"]) == ("in use", True)


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_29_a_body_past_the_limit_gets_413(to_it: RawConnection, declared: bool):
    if declared:
        to_it.send(HEAD + b"content-length: 314572800\r\n\r\n")
    else:
        to_it.send(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        with suppress(OSError):
            to_it.send(*[b"100000\r\n" + b" " * 2**20 + b"\r\n"] * 33)
    to_it.answer().problem(413)


def test_30_two_megabytes_of_headers_get_431(to_it: RawConnection):
    with suppress(OSError):  # it need not take them all
        to_it.send(HEAD, *[b"cookie: " + b"x" * 65_528] * 32)
    to_it.answer().problem(431)
    assert to_it.is_closed()


@pytest.mark.parametrize("name", MALFORMED)
def test_31_what_is_no_http_gets_400(to_it: RawConnection, name: str):
    to_it.send(MALFORMED[name])
    to_it.answer().problem(400)
    assert to_it.is_closed()


@pytest.mark.parametrize("name", BROKEN)
def test_32_33_what_is_no_json_gets_400(to_it: RawConnection, name: str):
    to_it.send(post(BROKEN[name]) + post(ROW))
    assert to_it.answer().problem(400)["type"] == "urn:dynint:problem:malformed-body"
    assert to_it.answer().status == 200


def test_34_of_duplicate_keys_the_last_wins(to_it: RawConnection):
    to_it.send(post(b'{"instances": [{"I1": 5, "C4": "a", "I1": 900}]}'))
    to_it.send(post(b'{"instances": [{"I1": 900, "C4": "a"}]}'))
    twice, once = (to_it.answer().json()["probabilities"] for _ in range(2))
    assert twice == once


@pytest.mark.parametrize("value", [b"true", b'"3"', b"[]"])
def test_35_what_is_no_number_gets_422(to_it: RawConnection, value: bytes):
    to_it.send(post(b'{"instances": [{"I1": 1}, {"I1": %s}]}' % value))
    assert to_it.answer().problem(422)["errors"][0]["pointer"] == "#/instances/1/I1"


def test_36_null_is_missing_and_an_unknown_field_gets_422(to_it: RawConnection):
    to_it.send(*(post(b'{"instances": [%s]}' % row) for row in (b'{"I1": null}', b"{}")))
    null, absent = (to_it.answer().json()["probabilities"] for _ in range(2))
    assert null == absent
    to_it.send(post(b'{"instances": [{"nobody": 1}]}'))
    assert to_it.answer().problem(422)["errors"][0]["received"] == "an unknown name"


def test_37_ten_thousand_rows_are_scored_and_one_more_is_refused(to_it: RawConnection):
    to_it.send(post(b'{"instances": [' + b",".join([b'{"I1": 7}'] * 10_000) + b"]}"))
    answer = to_it.answer()
    # On a machine that is busy a second may be too short; then it says so.
    assert answer.status in (200, 503, 504)
    if answer.status == 200:
        assert len(answer.json()["probabilities"]) == 10_000
    to_it.send(post(b'{"instances": [' + b",".join([b'{"I1": 7}'] * 10_001) + b"]}"))
    assert "10,001 rows" in to_it.answer().problem(422)["detail"]


def test_38_pipelined_requests_are_answered_in_order(to_it: RawConnection):
    ids = [b"one", b"two", b"three", b"four"]
    bodies = [ROW, ROW[:-1], ROW, b"{}"]
    to_it.send(
        b"".join(post(body, b"x-request-id: " + i) for i, body in zip(ids, bodies, strict=True))
    )
    answers = [to_it.answer() for _ in ids]
    assert [answer.headers["x-request-id"].encode() for answer in answers] == ids
    assert [answer.status for answer in answers] == [200, 400, 200, 422]


def test_connections_past_the_limit_get_503_and_a_place_once_others_leave(around: Surroundings):
    with around.gateway(MAX_CONNECTIONS="20") as gateway, ExitStack() as stack:
        wait_until(lambda: gateway.open_files() > 0)
        first = stack.enter_context(gateway.connect())
        first.send(LIVEZ)
        assert first.answer().status == 200
        held = [stack.enter_context(gateway.connect()) for _ in range(19)]
        for _ in range(30):
            with gateway.connect() as late:
                answer = late.answer()  # it has asked nothing yet
                assert answer.problem(503)["detail"].startswith("connections: must be at most 20")
                assert answer.headers["retry-after"] == "1"
                assert late.is_closed()
        first.send(post(ROW))
        assert first.answer().status == 200
        held.pop().socket.close()

        def is_let_in() -> bool:
            with gateway.connect() as another:
                another.send(post(ROW))
                return another.answer().status == 200

        wait_until(is_let_in, 10)
        assert gateway.failures() == []


def test_with_few_files_those_who_are_in_are_served_and_others_are_turned_away(
    around: Surroundings,
):
    """400 connections, and 256 files: without a bound Redis and the model server would be cut off."""
    with around.gateway(files=256) as gateway, gateway.connect() as honest:
        honest.send(post(ROW))
        assert honest.answer().status == 200
        with ExitStack() as stack:
            many = [stack.enter_context(gateway.connect()) for _ in range(400)]
            many[-1].answer().problem(503)
            assert gateway.open_files() < 256
            for value in range(50):  # new rows each time: Redis and the model server are asked
                honest.send(post(b'{"instances": [{"C4": "new%d"}]}' % value))
                answer = honest.answer()
                assert answer.status == 200
                assert not answer.json()["degraded"]
        wait_until(lambda: httpx.get(f"{gateway.url}/livez").status_code == 200, 10)
        assert gateway.failures() == []


def test_many_at_once_in_every_bad_way_leave_no_trace(deployed: DeployedGateway):
    """TLS, HTTP/2 and noise from 50 clients at a time, while others are served."""
    before = deployed.open_files()
    noises = [MALFORMED["TLS"] * 40, MALFORMED["HTTP/2"], b"\0" * 5000, HEAD + b"a: b", b"GET"]

    def disturb(place: int) -> None:
        with suppress(OSError), deployed.connect() as noisy:
            noisy.send(noises[place % len(noises)])
            if place % 2:
                noisy.socket.recv(4096)

    def ask(_: int) -> int:
        return httpx.post(f"{deployed.url}/predict", content=ROW, timeout=20).status_code

    with ThreadPoolExecutor(50) as noisy, ThreadPoolExecutor(4) as honest:
        noisy.map(disturb, (place for place in range(500) if noises[place % 5][:3] != b"GET"))
        assert set(honest.map(ask, range(100))) == {200}
    wait_until(lambda: deployed.open_files() <= before + 2, 20)


def test_nothing_of_all_that_is_in_its_log(deployed: DeployedGateway):
    assert deployed.failures() == []
    assert deployed.answers_with("500") == 0
