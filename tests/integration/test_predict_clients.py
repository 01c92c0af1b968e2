"""POST /predict from clients with habits of their own: fault 38, methods, types, patience."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway, read_reference, wait_until
from tests.integration.raw_http import HEAD, LIVEZ, ROW, RawConnection, post
from tests.integration.remotely_scored import scored_by
from tests.integration.scripted_server import Scripted


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[LocalGateway]:
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        body_timeout_ms=1000,
        request_timeout_ms=20_000,
        write_timeout_ms=500,
    )
    with local_gateway(settings, SumScorer()) as running:
        yield running


def test_38_refusals_errors_and_scores_keep_the_order(module_releases: Path):
    """One request may be under way: the others are refused before or after they are parsed."""
    settings_of = {"max_concurrent_requests": 1}
    with (
        Scripted() as scripted,
        scored_by(module_releases, scripted.target, **settings_of) as gateway,
        RawConnection(gateway.url) as first,
        RawConnection(gateway.url) as second,
    ):
        limit = gateway.app.components.limit
        scripted.delay_s = 0.3
        first.send(post(ROW))
        wait_until(lambda: limit.is_reached)
        chunked = HEAD + b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(ROW) + ROW
        second.send(
            post(ROW, b"x-request-id: a")
            + post(ROW, b"x-request-id: b")
            + LIVEZ
            + b"GET /predict HTTP/1.1\r\nhost: x\r\nx-request-id: d\r\n\r\n"
            + chunked
            + b"\r\n0\r\n\r\n"
            + post(ROW[:-1], b"content-encoding: identity", b"x-request-id: f")[:-5],
        )
        answers = [second.answer() for _ in range(5)]
        assert first.answer().status == 200
        wait_until(lambda: not limit.is_reached)
        second.send(ROW[-6:-1] + post(ROW, b"x-request-id: g"))
        answers += [second.answer(), second.answer()]
        statuses = [answer.status for answer in answers]
        assert statuses in (
            [503, 503, 200, 405, 503, 400, 200],
            [503, 503, 200, 405, 200, 400, 200],
        )
        named = [answers[place].headers["x-request-id"] for place in (0, 1, 3, 5, 6)]
        assert named == ["a", "b", "d", "f", "g"]
        for answer in answers:
            if answer.status != 200:
                answer.problem(answer.status)


def test_38_a_refused_body_in_pieces_is_not_taken_for_requests(module_releases: Path):
    with (
        Scripted() as scripted,
        scored_by(module_releases, scripted.target, max_concurrent_requests=1) as gateway,
        RawConnection(gateway.url) as first,
        RawConnection(gateway.url) as second,
    ):
        scripted.delay_s = 0.3
        first.send(post(ROW))
        wait_until(lambda: gateway.app.components.limit.is_reached)
        sly = post(LIVEZ * 3)
        second.send(sly[:-60], sly[-60:-20], sly[-20:] + LIVEZ, pause=0.01)
        second.answer().problem(503)
        assert second.answer().json() == {"status": "alive"}
        assert first.answer().status == 200
        second.send(LIVEZ)
        assert second.answer().status == 200  # and no others before it


def test_38_every_request_gets_its_own_scores(gateway: LocalGateway, module_releases: Path):
    rows, expected = read_reference(module_releases)
    with RawConnection(gateway.url) as connection:
        bodies = [json.dumps({"instances": [row]}).encode() for row in rows]
        connection.send(b"".join(map(post, bodies)))
        for place in range(len(rows)):
            (score,) = connection.answer().json()["probabilities"]
            assert score == pytest.approx(expected["sums"]["1"][place], abs=1e-6)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/predict", "/v1/predict"])
def test_other_methods_get_405_with_allow(connection: RawConnection, method: str, path: str):
    connection.send(f"{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode() + LIVEZ)
    answer = connection.answer(head_only=method == "HEAD")
    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        answer.problem(405)
    assert connection.answer().status == 200


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ("application/json", 200),
        ("APPLICATION/JSON;charset=UTF-8", 200),
        ('application/json; charset="utf-8"', 200),
        ("application/json;", 200),
        ("application/json; charset=latin-1", 415),
        ("application/json; charset=utf-16", 415),
        ("", 415),
        ("application/problem+json", 415),
        ("application/json, text/plain", 415),
        ("application/x-ndjson", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
def test_content_types(connection: RawConnection, declared: str, status: int):
    head = f"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: {declared}\r\n".encode()
    connection.send(head + b"content-length: %d\r\n\r\n" % len(ROW) + ROW)
    answer = connection.answer()
    assert answer.status == status
    if status != 200:
        answer.problem(status)


def test_expect_100_continue_is_answered_when_the_body_is_wanted(connection: RawConnection):
    expecting = HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(ROW)
    for _ in range(2):
        connection.send(expecting)
        assert connection.answer().status == 100
        connection.send(ROW)
        assert connection.answer().status == 200
    connection.send(expecting.replace(b"/json", b"/xml"))
    assert connection.answer().problem(415)["type"] == "urn:dynint:problem:content-type"


def test_http_1_0_is_answered_and_closed(connection: RawConnection):
    connection.send(b"POST /predict HTTP/1.0\r\ncontent-length: %d\r\n\r\n" % len(ROW) + ROW)
    answer = connection.answer()
    assert answer.json()["probabilities"]
    assert answer.headers["connection"] == "close"
    assert connection.is_closed()


def test_a_body_that_comes_byte_by_byte_is_read(connection: RawConnection):
    connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    whole = post(ROW)
    connection.send(*[whole[place : place + 1] for place in range(len(whole))], pause=0.001)
    assert connection.answer().status == 200


def test_many_connections_at_once_are_all_answered(gateway: LocalGateway):
    with ExitStack() as stack:
        all_of_them = [stack.enter_context(RawConnection(gateway.url)) for _ in range(200)]
        for each in all_of_them:
            each.send(post(ROW)[:-1])
        for each in all_of_them:
            each.send(ROW[-1:])
        assert {each.answer().status for each in all_of_them} == {200}


def test_a_client_that_never_reads_is_cut_off(gateway: LocalGateway):
    body = b'{"instances": [' + b"{}," * 9_999 + b"{}]}"
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((host, int(port)))
        deaf.settimeout(1)
        end = time.monotonic() + 60
        with pytest.raises(ConnectionError):  # noqa: PT012 (it is cut off at some point)
            while time.monotonic() < end:
                try:
                    deaf.sendall(post(body))
                except TimeoutError:
                    continue
    assert gateway.predict([{}])["probabilities"]
