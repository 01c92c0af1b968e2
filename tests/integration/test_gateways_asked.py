"""Promotion and trial ask gateways: those that refuse, those that are not there, several of one name."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from model.bundle import Pointer, end_canary, read_evidence, read_pointer, start_canary
from model.errors import CheckFailedError, DynIntError
from model.rollout import GatewayVerdict, look, wait_live
from tests.integration.keys import admin_url, make_key
from tests.integration.processes import GatewayProcess, free_port, wait_until
from tests.integration.test_promote import run
from training.retrain.config import RetrainConfig
from training.retrain.figures import TrialFigures
from training.retrain.plan import Live
from training.retrain.release_steps import try_out


def resolving(*addresses: str) -> Any:
    """Stand for a name that has these addresses."""

    def resolve(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        families = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(families[":" in each], 1, 6, "", (each, port)) for each in addresses]

    return partial(look, resolve=resolve)


@pytest.fixture(scope="module")
def keyed(module_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A gateway that asks for keys, with an admin port."""
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(make_key("shop")[1] + "\n")
    with GatewayProcess(module_releases, api_keys_file=keys, admin_port=0) as gateway:
        yield gateway


def trial(root: Path, *gateways: str, seconds: float = 1.0) -> tuple[RetrainConfig, str, Live]:
    config = RetrainConfig.parse(
        {
            "release": {"root": str(root), "gateways": list(gateways)},
            "canary": {"share": 0.5, "seconds": seconds},
        }
    )
    return config, "2", Live("1", "", None)


def test_a_gateway_with_keys_is_refused_before_the_pointer_moves(
    keyed: GatewayProcess, releases: Path
):
    begun = time.monotonic()
    code, _, said = run(releases, "2", "--gateway", keyed.url, "--wait=100")
    assert code == 1
    assert f"{keyed.url} answers GET /v1/models with 401" in said
    assert "admin port (DYNINT_ADMIN_PORT)" in said
    assert time.monotonic() - begun < 90
    assert read_pointer(releases / "dynint") == Pointer("1")


def test_waiting_ends_at_once_where_it_changes_nothing(keyed: GatewayProcess):
    with pytest.raises(CheckFailedError, match="401"):
        wait_live([keyed.url], "dynint", "1", wait_s=1e6)
    assert list(wait_live([admin_url(keyed)], "dynint", "1", wait_s=60)) == [admin_url(keyed)]


def test_a_trial_whose_verdict_would_not_be_seen_is_not_begun(
    keyed: GatewayProcess, releases: Path
):
    with pytest.raises(DynIntError, match=r"with 401\. Name the gateway's admin port") as caught:
        try_out(*trial(releases, keyed.url), print)
    assert not isinstance(caught.value, CheckFailedError)  # the candidate is not to blame
    assert read_pointer(releases / "dynint") == Pointer("1")


def test_a_trial_that_no_gateway_tells_of_promotes_nothing(releases: Path):
    absent, told = f"http://127.0.0.1:{free_port()}", list[str]()
    with pytest.raises(DynIntError, match="canary: no gateway could be asked") as caught:
        try_out(*trial(releases, absent, seconds=1.2), told.append)
    assert not isinstance(caught.value, CheckFailedError)
    assert told.count(f"canary: {absent} cannot be asked: Connection refused") == 1
    pointer = read_pointer(releases / "dynint")
    assert pointer is not None
    assert pointer.current == "1"
    assert pointer.canary is not None  # the next run goes on with it


def test_a_trial_that_too_few_requests_met_says_how_many(keyed: GatewayProcess, releases: Path):
    config, version, live = trial(releases, admin_url(keyed))
    config = replace(config, canary=replace(config.canary, min_requests=7))
    with pytest.raises(CheckFailedError, match="must have answered 7 requests in 1 s"):
        try_out(config, version, live, print)
    evidence = read_evidence(releases / "dynint", "2") or {}
    assert evidence["reason"] == "too_few_requests"
    assert evidence["thresholds"] == {"min_requests": 7, "seconds": 1.0}
    assert evidence["figures"] == {"requests": 0}


def test_every_address_of_a_name_is_asked_and_their_figures_are_summed(releases: Path):
    with GatewayProcess(releases, host="0.0.0.0") as gateway:  # noqa: S104 (two addresses)
        url = f"http://dynint:{gateway.url.rpartition(':')[2]}"
        both = resolving("::1", "127.0.0.1", "127.0.0.2")  # nobody is at the first
        took = wait_live([url], "dynint", "1", wait_s=60, ask=both)
        assert list(took) == [url]
        start_canary(releases / "dynint", "2", 1.0)
        figures = TrialFigures([url], "dynint", "2", print, both)
        here = f"http://127.0.0.1:{gateway.url.rpartition(':')[2]}"
        assert figures.requests() == 0

        def asked() -> bool:
            answer = httpx.post(f"{here}/predict", json={"instances": [{}]}, timeout=30)
            return answer.json()["version"] == "2"

        wait_until(asked, 60)
        one = TrialFigures([here], "dynint", "2", print).requests()
        assert one > 0
        assert figures.requests() == 2 * one
        assert figures.verdict is None
        end_canary(releases / "dynint", "2", "by_hand")


def test_one_address_that_is_not_there_keeps_a_name_from_being_live(keyed: GatewayProcess):
    url = admin_url(keyed).replace("127.0.0.1", "dynint")
    ask = resolving("127.0.0.1", "127.0.0.2")
    with pytest.raises(CheckFailedError, match=r"\(127\.0\.0\.2\) Connection refused"):
        wait_live([url], "dynint", "1", wait_s=0, ask=ask)


def test_each_address_is_asked_in_the_name_of_the_host():
    seen: list[tuple[str, str]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.connection.getsockname()[0], self.headers["host"]))
            body = b'{"models": [{"name": "m", "version": "3", "canary": '
            body += b'{"version": "4", "requests": 5, "verdict": "errors", "thresholds": {"x": 1}, '
            body += b'"figures": {"half": NaN}}}]}'
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("0.0.0.0", 0), Answering) as server:  # noqa: S104 (two addresses)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        url = f"http://gateways.example:{port}"
        figures = TrialFigures([url], "m", "4", print, resolving("127.0.0.1", "127.0.0.2"))
        assert figures.requests() == 10
        server.shutdown()
    # What no file can hold is left out.
    assert figures.verdict == GatewayVerdict(f"{url} (127.0.0.1)", "errors", {"x": 1}, {})
    assert seen == [(each, f"gateways.example:{port}") for each in ("127.0.0.1", "127.0.0.2")]


def test_a_name_that_nobody_has_is_said(capsys: pytest.CaptureFixture[str]):
    (said,) = look(f"http://{'a' * 64}.example")
    assert (said.status, said.trouble) == (0, "no name of a host")
