"""Connections that stray from HTTP, or from patience: faults 27, 28, 30, 31 and 38."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway, wait_until
from tests.integration.raw_http import HEAD, LIVEZ, ROW, RawConnection, post

HEAD_S = 0.5
MAX_HEAD = 4096


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[LocalGateway]:
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        header_timeout_ms=int(HEAD_S * 1e3),
        max_header_bytes=MAX_HEAD,
        body_timeout_ms=300,
    )
    with local_gateway(settings, SumScorer()) as running:
        yield running


def test_27_headers_that_never_end_get_408_and_the_connection_is_closed(connection: RawConnection):
    started = time.monotonic()
    connection.send(b"POST /predict HTTP/1.1\r\n", *[b"a: b\r\n"] * 4, pause=0.02)
    answer = connection.answer()
    assert answer.problem(408)["type"] == "urn:dynint:problem:slow-headers"
    assert answer.headers["connection"] == "close"
    assert connection.is_closed()
    assert HEAD_S * 0.9 < time.monotonic() - started < HEAD_S + 10


def test_27_dribbled_headers_buy_no_time(connection: RawConnection):
    started = time.monotonic()
    connection.send(LIVEZ)
    assert connection.answer().status == 200
    with pytest.raises(OSError):  # noqa: PT012 (the gateway stops listening at some point)
        connection.send(b"GET /livez HTTP/1.1\r\n")
        while time.monotonic() < started + 20:
            connection.send(b"a: b\r\n", pause=0.05)
    assert time.monotonic() - started < 15


def test_27_a_connection_that_says_nothing_is_closed(connection: RawConnection):
    assert connection.is_closed()


@pytest.mark.parametrize("noise", [b"\r\n", b"x"], ids=["empty lines", "late body"])
def test_27_noise_between_requests_buys_no_time(connection: RawConnection, noise: bytes):
    connection.send(b"GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 10000\r\n\r\n")
    if noise == b"\r\n":
        connection.send(b"x" * 10_000)
    assert connection.answer().status == 200
    started = time.monotonic()
    with pytest.raises(OSError):  # noqa: PT012 (the gateway stops listening at some point)
        while time.monotonic() < started + 20:
            connection.send(noise, pause=0.05)
    assert time.monotonic() - started < 15


def test_a_slow_answer_is_not_taken_for_slow_headers(connection: RawConnection):
    """The start of a second request may lie there for as long as the first one takes."""
    connection.send(HEAD + b"content-length: %d\r\n\r\n" % len(ROW), ROW, LIVEZ[:9], pause=0.05)
    assert connection.answer().status == 200
    connection.send(LIVEZ[9:])
    assert connection.answer().status == 200


def test_28_a_silent_body_gets_408(connection: RawConnection):
    connection.send(HEAD + b"content-length: 100\r\n\r\n{")
    assert connection.answer().problem(408)["type"] == "urn:dynint:problem:slow-body"
    assert connection.is_closed()


def test_28_a_dribbled_body_gets_408(connection: RawConnection):
    connection.send(HEAD + b"content-length: 10000\r\n\r\n")
    with pytest.raises(OSError):  # noqa: PT012 (the gateway stops listening at some point)
        for _ in range(400):
            connection.send(b" ", pause=0.05)


def test_30_two_megabytes_of_headers_get_431(connection: RawConnection):
    connection.send(HEAD)
    try:
        connection.send(*[b"cookie: " + b"x" * 65_528] * 32)
    except OSError:  # it need not take them all
        return
    assert connection.answer().problem(431)["type"] == "urn:dynint:problem:headers-too-large"
    assert connection.is_closed()


@pytest.mark.parametrize(
    "lines",
    [
        b"cookie: " + b"x" * MAX_HEAD,
        b"a: b\r\n" * (MAX_HEAD // 6),
        b"x-request-id: mine\r\ncookie: " + b"x" * MAX_HEAD,
    ],
)
def test_30_headers_past_the_limit_get_431_also_in_one_piece(
    connection: RawConnection, lines: bytes
):
    connection.send(HEAD + lines.removesuffix(b"\r\n") + b"\r\n\r\n")
    answer = connection.answer()
    content = answer.problem(431)
    assert "4,096 bytes" in content["detail"]
    assert (content["request_id"] == "mine") == (b"mine" in lines)


@pytest.mark.parametrize("pieces", [1, 2])
def test_30_headers_past_the_limit_get_431_also_behind_another_request(
    connection: RawConnection, pieces: int
):
    both = post(ROW) + post(ROW, b"cookie: " + b"x" * MAX_HEAD)
    at = len(both) if pieces == 1 else len(both) // 2
    connection.send(both[:at], both[at:], pause=0.05)
    assert connection.answer().status == 200
    connection.answer().problem(431)
    assert connection.is_closed()


def test_30_a_long_url_counts_too(connection: RawConnection):
    connection.send(b"GET /" + b"x" * MAX_HEAD + b" HTTP/1.1\r\n\r\n")
    connection.answer().problem(431)


def test_a_large_body_in_the_same_piece_is_no_large_header(connection: RawConnection):
    body = ROW + b" " * 20_000
    connection.send(post(body) + post(body))
    assert [connection.answer().status for _ in range(2)] == [200, 200]


MALFORMED = {
    "length, then coding": HEAD
    + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding, then length": HEAD
    + b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "the same length twice": HEAD + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
    "a list of lengths": HEAD + b"content-length: 2, 2\r\n\r\n{}",
    "a signed length": HEAD + b"content-length: +2\r\n\r\n{}",
    "a negative length": HEAD + b"content-length: -2\r\n\r\n{}",
    "a huge length": HEAD + b"content-length: 99999999999999999999999\r\n\r\n{}",
    "chunked and more": HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n",
    "another coding": HEAD + b"transfer-encoding: xchunked\r\n\r\n{}",
    "a space before the colon": HEAD + b"content-length : 2\r\n\r\n{}",
    "a folded line": HEAD + b"a: b\r\n content-length: 2\r\n\r\n{}",
    "a NUL in a header": HEAD + b"a: b\0c\r\n\r\n",
    "bare line feeds": b"POST /predict HTTP/1.1\ncontent-length: 2\n\n{}",
    "no such version": b"GET /livez HTTP/3.1\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "no target": b"POST  HTTP/1.1\r\n\r\n",
    "a target that is no URL": "GET /livéz HTTP/1.1\r\n\r\n".encode(),
    "not a word": b"\0\0\0\0",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_31_what_is_no_http_gets_400(connection: RawConnection, name: str):
    connection.send(MALFORMED[name])
    answer = connection.answer()
    assert answer.problem(400)["type"] == "urn:dynint:problem:malformed-request"
    assert answer.headers["connection"] == "close"
    assert connection.is_closed()


@pytest.mark.parametrize("name", MALFORMED)
def test_38_what_is_no_http_waits_for_the_answers_before_it(connection: RawConnection, name: str):
    connection.send(post(ROW) + post(ROW[:-1]) + MALFORMED[name] + post(ROW))
    assert connection.answer().status == 200
    assert connection.answer().problem(400)["type"] == "urn:dynint:problem:malformed-body"
    assert connection.answer().problem(400)["type"] == "urn:dynint:problem:malformed-request"
    assert connection.is_closed()


CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("before", [0, 2])
def test_a_body_that_is_not_in_chunks_gets_400_in_its_turn(connection: RawConnection, before: int):
    connection.send(post(ROW) * before + CHUNKED, b"z\r\n", post(ROW), pause=0.05)
    assert [connection.answer().status for _ in range(before)] == [200] * before
    assert connection.answer().problem(400)["type"] == "urn:dynint:problem:malformed-request"
    assert connection.is_closed()


def test_a_request_that_is_answered_gets_no_second_answer(connection: RawConnection):
    connection.send(CHUNKED.replace(b"/predict", b"/nowhere"))
    connection.answer().problem(404)
    connection.send(b"z\r\n" + post(ROW))
    assert connection.is_closed()


@pytest.mark.parametrize("endless", [b"1;" + b"x" * 9999, b"0\r\na: " + b"x" * 9999])
def test_extensions_and_trailers_have_a_limit(connection: RawConnection, endless: bytes):
    connection.send(CHUNKED, endless[:100], endless[100:], pause=0.02)
    assert "4,096 bytes" in connection.answer().problem(400)["detail"]


def test_chunks_with_extensions_and_trailers_are_read(connection: RawConnection):
    chunks = b"5;a=b\r\n" + ROW[:5] + b"\r\n%x\r\n" % (len(ROW) - 5) + ROW[5:] + b"\r\n"
    connection.send(CHUNKED, chunks, b"0\r\nx: y\r\n\r\n" + LIVEZ, pause=0.01)
    assert [connection.answer().status for _ in range(2)] == [200, 200]


UPGRADE = (b"connection: Upgrade, HTTP2-Settings", b"upgrade: h2c", b"http2-settings: AAMAAABk")


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_an_upgrade_is_ignored_and_the_body_is_kept(connection: RawConnection, pause: float):
    """Java's client asks for HTTP/2 with every request that goes to http://."""
    whole = post(ROW, *UPGRADE)
    cut = whole.index(b"\r\n\r\n") + 4
    for _ in range(2):
        connection.send(whole[:cut], whole[cut:-3], whole[-3:] + LIVEZ, pause=pause)
        assert connection.answer().json()["probabilities"]
        assert connection.answer().json() == {"status": "alive"}
    connection.send(CHUNKED[:-2] + b"\r\n".join(UPGRADE) + b"\r\n\r\n", pause=pause)
    connection.send(b"%x\r\n" % len(ROW) + ROW + b"\r\n0\r\n\r\n" + LIVEZ)
    assert connection.answer().json()["probabilities"]
    assert connection.answer().status == 200


def test_connect_is_no_way_out(connection: RawConnection):
    connection.send(b"CONNECT example.org:443 HTTP/1.1\r\nhost: x\r\n\r\n")
    connection.answer().problem(400)


def test_nothing_of_all_that_is_left_behind(gateway: LocalGateway):
    wait_until(lambda: gateway.app.components.limit.in_flight == 0)
    assert gateway.predict([{}])["probabilities"]


@pytest.mark.parametrize("media", [b"application/json", b"text/plain"])
def test_a_client_that_waits_for_100_continue_and_sends_no_chunks_is_no_failure(
    connection: RawConnection,
    gateway: LocalGateway,
    caplog: pytest.LogCaptureFixture,
    media: bytes,
):
    before = gateway.metric("dynint_requests_total", route="/predict", status="500")
    head = CHUNKED[:-2].replace(b"application/json", media)
    connection.send(head + b"expect: 100-continue\r\n\r\nz\r\n")
    assert connection.answer().problem(400)["type"] == "urn:dynint:problem:malformed-request"
    assert connection.is_closed()
    wait_until(lambda: gateway.app.components.limit.in_flight == 0)
    assert gateway.metric("dynint_requests_total", route="/predict", status="500") == before
    assert not [each for each in caplog.records if each.exc_info]
