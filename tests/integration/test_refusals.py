"""Requests that are one too many: refused at their heads, their bodies passed over."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from service.bursts import Bursts
from service.metrics import Metrics
from service.refusals import Refusals
from service.request_log import RequestLog
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway
from tests.integration.raw_http import LIVEZ, ROW, RawConnection, post

USUAL = [
    b"accept: */*",
    b"X-Expect: upgrade",
    b"connection:keep-alive",
    b"cookie: a=b; c=\xff",
    b"x-empty:",
    b"x-long: " + b"a" * 3_000,
]
FRAMING = [
    b"Expect: 100-continue",
    b"Upgrade: h2c",
    b"Connection: close",
    b"Transfer-Encoding: chunked",
]


@pytest.fixture(params=[1, 2], ids=["sent at once", "sent in bursts"])
def gateway(module_releases: Path, request: pytest.FixtureRequest) -> Iterator[LocalGateway]:
    """A gateway that has as many requests under way as it may."""
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        max_concurrent_requests=1,
        scorer_workers=request.param,
    )
    with local_gateway(settings, SumScorer()) as running:
        running.app.components.limit.in_flight += 1
        yield running


@pytest.mark.parametrize("size", [10, 20_000, 60_000, 3_000_000])
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_refused_body_of_any_size_is_passed_over(gateway: LocalGateway, size: int, pieces: int):
    """What looks like requests in it is none, and what comes after it is one."""
    whole = post((LIVEZ * (size // len(LIVEZ) + 1))[:size]) + LIVEZ
    step = -(-len(whole) // pieces)
    with RawConnection(gateway.url) as connection:
        for _ in range(3):
            parts = [whole[at : at + step] for at in range(0, len(whole), step)]
            connection.send(*parts, pause=0.005)
            assert connection.answer().problem(503)["type"] == "urn:dynint:problem:overloaded"
            assert connection.answer().json() == {"status": "alive"}


def test_requests_behind_each_other_are_refused_by_name_and_in_order(gateway: LocalGateway):
    names = [f"caller-{place}" for place in range(50)]
    with RawConnection(gateway.url) as connection:
        connection.send(
            *[post(b" " * 9_000, b"x-request-id: " + name.encode()) for name in names], LIVEZ
        )
        for name in names:
            answer = connection.answer()
            assert answer.problem(503)["request_id"] == name
            assert answer.headers["retry-after"] == "1"
        assert connection.answer().status == 200


def test_what_a_full_socket_does_not_take_of_a_refusal_is_sent_later(module_releases: Path):
    settings = Settings(release_root=module_releases, model_name="sums", max_concurrent_requests=1)
    names = [f"caller-{place}" for place in range(400)]
    with local_gateway(settings, SumScorer(), send_buffer=4096) as running:
        running.app.components.limit.in_flight += 1
        with RawConnection(running.url) as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            whole = b"".join(
                post(b" " * 9_000, b"x-request-id: " + name.encode()) for name in names
            )
            sending = threading.Thread(target=connection.socket.sendall, args=(whole,))
            sending.start()
            time.sleep(0.3)  # nothing is read meanwhile
            for name in names:
                assert connection.answer().problem(503)["request_id"] == name
            sending.join()


def test_each_refusal_is_counted_and_one_a_second_is_told_of(
    gateway: LocalGateway, capsys: pytest.CaptureFixture[str]
):
    with RawConnection(gateway.url) as connection:
        for _ in range(40):
            connection.send(post(ROW))
            connection.answer().problem(503)
        time.sleep(1.05)
        connection.send(post(ROW))
        connection.answer().problem(503)
        connection.send(LIVEZ)
        assert connection.answer().status == 200
    counted = gateway.metric("dynint_requests_total", route="/predict", status="503")
    assert counted == 41
    told = [line for line in capsys.readouterr().out.splitlines() if "OverloadedError" in line]
    assert 2 <= len(told) <= 3  # the forty may have taken more than a second
    assert (
        len(told)
        + sum(
            int(line.partition("left_out=")[2].split()[0]) for line in told if "left_out=" in line
        )
        == 41
    )


def test_a_client_that_leaves_a_refused_body_unfinished_leaves_nothing_behind(
    gateway: LocalGateway,
):
    whole = post(b" " * 100_000)
    for _ in range(20):
        with RawConnection(gateway.url) as connection:
            connection.send(whole[:-10])
            connection.answer().problem(503)
            connection.socket.shutdown(socket.SHUT_RDWR)
    gateway.app.components.limit.in_flight -= 1
    assert gateway.predict([{}])["probabilities"]
    assert gateway.is_ready()  # a turn of the event loop later
    assert gateway.app.components.limit.expected == 0


def test_what_arrives_together_is_let_in_as_far_as_there_is_room(module_releases: Path):
    """The rest is refused at its head, not after it was read and parsed."""
    settings = Settings(release_root=module_releases, model_name="sums", max_concurrent_requests=2)
    with local_gateway(settings, SumScorer()) as running:
        limit = running.app.components.limit
        for in_flight, expected in ((0, 2), (1, 1), (2, 0)):
            limit.in_flight, limit.expected = in_flight, expected
            with RawConnection(running.url) as connection:
                connection.send(post(ROW, b"content-encoding: gzip"))
                assert connection.answer().status == 503  # parsed, it would be a 415
        limit.in_flight, limit.expected = 1, 0
        with RawConnection(running.url) as connection:
            connection.send(post(ROW, b"content-encoding: gzip"))
            assert connection.answer().status == 415
        limit.in_flight = 0
        assert running.predict([{}])["probabilities"]
        assert limit.expected == 0


def test_a_connection_is_kept_from_its_last_refusal_on(module_releases: Path):
    settings = Settings(release_root=module_releases, model_name="sums", max_concurrent_requests=1)
    with local_gateway(settings, SumScorer(), keep_alive_s=1) as running:
        running.app.components.limit.in_flight += 1
        with RawConnection(running.url) as connection:
            for _ in range(6):  # twice as long as a silent connection is kept
                connection.send(post(ROW))
                connection.answer().problem(503)
                time.sleep(0.4)
            connection.send(post(ROW))
            connection.answer().problem(503)
            last = time.monotonic()
            assert connection.is_closed()
        assert 0.9 < time.monotonic() - last < 15


@pytest.mark.parametrize(
    "header",
    [
        b"Transfer-Encoding : chunked",
        b"X: a\nTransfer-Encoding: chunked",
        b"X: a\rY: b",
        b"X: a\0b",
        b"X: a\r\n folded",
        b"no colon",
        b"two words: a",
    ],
)
def test_a_malformed_head_is_refused_as_one_under_any_load(gateway: LocalGateway, header: bytes):
    with RawConnection(gateway.url) as connection:
        connection.send(post(ROW, header))
        assert connection.answer().status == 400


@pytest.mark.parametrize("header", USUAL)
def test_a_usual_refusal_is_followed_by_the_next_answer(gateway: LocalGateway, header: bytes):
    with RawConnection(gateway.url) as connection:
        connection.send(post(ROW, header)).answer().problem(503)
        connection.send(LIVEZ)
        assert connection.answer().status == 200


@pytest.mark.parametrize("header", FRAMING)
def test_so_is_one_whose_framing_is_another(gateway: LocalGateway, header: bytes):
    head = post(b"", header).replace(b"content-length: 0\r\n", b"")
    whole = head + b"0\r\n\r\n" if b"chunked" in header else post(ROW, header)
    with RawConnection(gateway.url) as connection:
        connection.send(whole, LIVEZ)
        answer = connection.answer()
        if answer.status == 100:
            answer = connection.answer()
        answer.problem(503)
        assert b"close" in header or connection.answer().status == 200


@pytest.mark.parametrize("header", [*USUAL, *FRAMING])
def test_only_usual_heads_are_answered_without_a_parser(header: bytes):
    whole = post(ROW, header)

    async def refused() -> tuple[bytes, int] | None:
        return Refusals(Metrics(), RequestLog(0.0, 1e3)).refuse(
            whole[: whole.index(b"\r\n\r\n") + 2]
        )

    answer = asyncio.run(refused())
    assert answer is None if header in FRAMING else answer and answer[1] == len(ROW)


def test_clients_that_ask_to_be_kept_alive_are_refused_at_the_head(gateway: LocalGateway):
    with RawConnection(gateway.url) as connection:
        for _ in range(2):
            connection.send(post(ROW, b"Connection: keep-alive"))
            assert "server-timing" not in connection.answer().headers


def test_a_body_beyond_the_limit_gets_413_under_any_load(gateway: LocalGateway):
    with RawConnection(gateway.url) as connection:
        connection.send(b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n")
        assert connection.answer().status == 413


def test_requests_that_cannot_be_next_take_nobodys_place(gateway: LocalGateway):
    limit = gateway.app.components.limit
    limit.in_flight -= 1
    with RawConnection(gateway.url) as crowd, RawConnection(gateway.url) as caller:
        crowd.send(b"GET /predict HTTP/1.1\r\nhost: a\r\n\r\n" * 300)
        caller.send(post(ROW))
        assert caller.answer().status == 200
        caller.send(LIVEZ)
        assert caller.answer().status == 200  # a turn of the event loop later
        assert limit.expected == 0


def test_while_the_gateway_drains_a_refusal_closes_its_connection(gateway: LocalGateway):
    gateway.app.components.draining = True
    with RawConnection(gateway.url) as connection:
        connection.send(post(ROW))
        answer = connection.answer()
        assert answer.problem(503)["type"] == "urn:dynint:problem:overloaded"
        assert answer.headers["connection"] == "close"
        assert connection.is_closed()


def test_a_refusal_that_is_held_is_sent_before_the_server_closes_its_connection(
    module_releases: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("service.http_protocol.Bursts", partial(Bursts, 0.0001, 5.0))
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        max_concurrent_requests=1,
        scorer_workers=2,
    )
    with ExitStack() as connections:
        with local_gateway(settings, SumScorer()) as running:
            running.app.components.limit.in_flight += 1
            clients = [
                connections.enter_context(RawConnection(running.url)).send(post(ROW))
                for _ in range(50)
            ]
            for client in clients:  # a burst: the next one waits
                client.answer().problem(503)
            for client in clients:
                client.send(post(ROW))
            time.sleep(1.0)  # until they are read, and held: for five seconds
        for client in clients:
            client.answer().problem(503)
