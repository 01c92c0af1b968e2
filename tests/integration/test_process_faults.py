"""A gateway's process that is told to end, clients that leave, huge bodies: faults 25, 26, 29."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.integration.processes import GatewayProcess, read_reference, wait_until
from tests.integration.raw_http import HEAD, ROW, Answer, RawConnection, post
from tests.integration.scripted_server import Scripted

DRAIN_MS = 1500


@pytest.fixture
def scorer() -> Iterator[Scripted]:
    with Scripted() as running:
        yield running


@contextmanager
def gateway_of(root: Path, scorer: Scripted, **settings: object) -> Iterator[GatewayProcess]:
    chosen = {"model_name": "sums", "scorer": f"grpc://{scorer.target}", "drain_ms": DRAIN_MS}
    with GatewayProcess(root, **{**chosen, **settings}) as gateway:
        yield gateway


def is_ready(gateway: GatewayProcess) -> bool:
    response = httpx.get(f"{gateway.url}/readyz", timeout=20)
    assert response.status_code == 200 or "problem+json" in response.headers["content-type"]
    return response.status_code == 200


def open_files(gateway: GatewayProcess) -> int:
    return len(list(Path(f"/proc/{gateway.pid}/fd").iterdir()))


def in_flight(gateway: GatewayProcess) -> float:
    text = httpx.get(f"{gateway.url}/metrics", timeout=20).text
    (line,) = [each for each in text.splitlines() if each.startswith("dynint_in_flight_requests ")]
    return float(line.split()[1])


class Load:
    """Clients that keep their connections and send bursts until they are to stop.

    Args:
        url: of the gateway.
        root: of the releases.
        burst: requests that each sends before it reads their answers.

    Attributes:
        answers: all that came.
        errors: what went wrong, whatever it is.
    """

    def __init__(self, url: str, root: Path, burst: int) -> None:
        rows, scores = read_reference(root)
        self._expected = scores["sums"]["1"][0]
        self._request = httpx.Request("POST", url, json={"instances": rows[:1]}).content
        self._url = url
        self._burst = burst
        self._stop = threading.Event()
        self.answers: list[Answer] = []
        self.errors: list[str] = []

    def _client(self) -> None:
        connection: RawConnection | None = None
        try:
            while not self._stop.is_set():
                connection = connection or RawConnection(self._url)
                connection.send(post(self._request) * self._burst)
                burst = [connection.answer() for _ in range(self._burst)]
                self.answers += burst
                for answer in burst:
                    if abs(answer.json()["probabilities"][0] - self._expected) > 1e-6:
                        self.errors.append(str(answer))
                if "connection" in burst[-1].headers:
                    connection.socket.close()
                    connection = None
        except Exception as error:
            self.errors.append(repr(error))
        finally:
            if connection is not None:
                connection.socket.close()

    @contextmanager
    def running(self, clients: int) -> Iterator[None]:
        """Send for the length of a block."""
        with ThreadPoolExecutor(clients) as pool:
            sending = [pool.submit(self._client) for _ in range(clients)]
            try:
                yield
            finally:
                self._stop.set()
            for each in sending:
                each.result()


@pytest.mark.parametrize("burst", [1, 5], ids=["one by one", "pipelined"])
def test_25_sigterm_under_load_fails_no_request(
    module_releases: Path, scorer: Scripted, burst: int
):
    with gateway_of(module_releases, scorer) as gateway, RawConnection(gateway.url) as idle:
        load = Load(gateway.url, module_releases, burst)
        with load.running(4):
            wait_until(lambda: load.errors or len(load.answers) > 200)
            signalled = len(load.answers)
            gateway.signal(signal.SIGTERM)
            # As a load balancer does: send no more once it says that it is not ready.
            wait_until(lambda: not is_ready(gateway), 5)
            wait_until(lambda: load.errors or len(load.answers) > signalled + 50)
        assert load.errors == []
        assert {answer.status for answer in load.answers} == {200}
        # Nobody sends into a closed door: the last answer of each burst says that it closes.
        told = [answer.headers.get("connection") for answer in load.answers[-burst:]]
        assert told == [None] * (burst - 1) + ["close"]
        assert idle.is_closed()
        assert gateway.wait()[0] == 0


def test_25_what_is_under_way_when_the_drain_ends_is_answered(
    module_releases: Path, scorer: Scripted
):
    with (
        gateway_of(module_releases, scorer, drain_ms=0, request_timeout_ms=20_000) as gateway,
        RawConnection(gateway.url) as one,
        RawConnection(gateway.url) as three,
    ):
        scorer.delay_s = 1.0
        one.send(post(ROW))
        three.send(post(ROW, b"x-request-id: a") + post(ROW[:-1]) + post(ROW, b"x-request-id: c"))
        wait_until(lambda: in_flight(gateway) == 2)
        gateway.signal(signal.SIGTERM)
        assert one.answer().status == 200
        assert one.is_closed()
        answers = [three.answer() for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 400, 200]
        assert [answers[place].headers["x-request-id"] for place in (0, 2)] == ["a", "c"]
        assert three.is_closed()
        assert gateway.wait()[0] == 0


def test_25_what_takes_longer_than_the_shutdown_may_is_told_so(
    module_releases: Path, scorer: Scripted
):
    settings = {"drain_ms": 0, "request_timeout_ms": 60_000, "shutdown_timeout_ms": 1000}
    with (
        gateway_of(module_releases, scorer, **settings) as gateway,
        RawConnection(gateway.url) as connection,
    ):
        scorer.delay_s = 50
        connection.send(post(ROW))
        wait_until(lambda: in_flight(gateway) == 1)
        gateway.signal(signal.SIGTERM)
        answer = connection.answer()
        assert answer.problem(503)["type"] == "urn:dynint:problem:ending"
        assert answer.headers["retry-after"] == "1"
        assert gateway.wait()[0] == 0


def test_26_clients_that_leave_free_their_slots_by_the_deadline(
    module_releases: Path, scorer: Scripted
):
    settings = {"max_concurrent_requests": 4, "request_timeout_ms": 1500}
    with gateway_of(module_releases, scorer, **settings) as gateway:
        assert httpx.post(f"{gateway.url}/predict", content=ROW).status_code == 200
        before = open_files(gateway)
        scorer.delay_s = 60
        for _ in range(2):
            started = time.monotonic()
            for _ in range(4):
                with RawConnection(gateway.url) as leaving:
                    leaving.send(post(ROW))
            wait_until(lambda: in_flight(gateway) == 4)
            refused = httpx.post(f"{gateway.url}/predict", content=ROW)
            if time.monotonic() - started < 1.0:  # on a machine that is not too busy
                assert refused.status_code == 503
                assert refused.headers["content-type"] == "application/problem+json"
            wait_until(lambda: in_flight(gateway) == 0, 1.5 + 5)
        scorer.delay_s = 0
        wait_until(lambda: httpx.post(f"{gateway.url}/predict", content=ROW).status_code == 200, 5)
        wait_until(lambda: open_files(gateway) <= before)


def test_26_clients_that_leave_in_mid_body_hold_no_memory(module_releases: Path, scorer: Scripted):
    settings = {"max_body_bytes": 2**20, "max_body_bytes_in_flight": 2**20}
    with gateway_of(module_releases, scorer, **settings) as gateway:
        before = open_files(gateway)
        body = ROW + b" " * (2**20 - len(ROW))
        for _ in range(5):  # each nearly all that may be held
            with RawConnection(gateway.url) as leaving:
                leaving.send(HEAD + b"content-length: %d\r\n\r\n" % len(body), body[:-10])

            def whole() -> int:
                return httpx.post(f"{gateway.url}/predict", content=body, timeout=20).status_code

            wait_until(lambda: whole() == 200, 5)
        wait_until(lambda: open_files(gateway) <= before)


def peak_mib(gateway: GatewayProcess) -> float:
    """Read the most memory that it ever had resident."""
    lines = Path(f"/proc/{gateway.pid}/status").read_text().splitlines()
    (line,) = [each for each in lines if each.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_29_bodies_of_300_mb_leave_memory_flat(
    module_releases: Path, scorer: Scripted, declared: bool
):
    piece = b" " * 2**20
    with gateway_of(module_releases, scorer, max_body_bytes=2**20) as gateway:
        before = peak_mib(gateway)

        def send(_: int) -> int:
            with RawConnection(gateway.url) as connection:
                if declared:
                    connection.send(HEAD + b"content-length: 314572800\r\n\r\n")
                    pieces = [piece] * 300
                else:
                    connection.send(HEAD + b"transfer-encoding: chunked\r\n\r\n")
                    pieces = [b"100000\r\n" + piece + b"\r\n"] * 300
                with suppress(OSError):  # it stops listening after a while
                    connection.send(*pieces)
                with suppress(OSError, AssertionError):
                    return connection.answer().status
                return 0

        with ThreadPoolExecutor(4) as pool:
            answers = set(pool.map(send, range(8)))
        assert 413 in answers
        assert answers <= {413, 0}  # one that sends on and on may miss its answer
        assert peak_mib(gateway) < before + 32
        assert httpx.post(f"{gateway.url}/predict", content=ROW).status_code == 200
