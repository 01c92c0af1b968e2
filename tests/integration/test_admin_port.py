"""What is administrative, at a port of its own."""

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.access.places import ADMIN, BOTH, OPEN, is_open
from service.main import create_app
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.keys import admin_url
from tests.integration.processes import GatewayProcess, wait_until
from tests.integration.raw_http import LIVEZ, ROW, RawConnection, post
from tests.integration.test_api_keys import start

PUBLIC = {"/predict", "/v1/predict"}


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[GatewayProcess]:
    settings = {"admin_port": 0, "header_timeout_ms": 300, "max_header_bytes": 4096}
    with GatewayProcess(module_releases, drain_ms=1500, **settings) as running:
        yield running


def test_each_path_has_its_place():
    """A route that is new must be given one."""
    app = create_app(Settings(), SumScorer())
    paths = {path for path in app.paths | {app.openapi_url} if not is_open(path)}
    assert paths | {"/livez", "/readyz"} == ADMIN | BOTH | PUBLIC
    assert not ADMIN & (BOTH | PUBLIC | OPEN)


@pytest.mark.parametrize("path", sorted(ADMIN))
def test_what_is_administrative_answers_there_only(gateway: GatewayProcess, path: str):
    assert httpx.get(f"{admin_url(gateway)}{path}").status_code == 200
    answer = httpx.get(f"{gateway.url}{path}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:dynint:problem:not-found"


@pytest.mark.parametrize("path", ["//metrics", "/metrics/", "/%6detrics", "/x/../metrics"])
def test_no_other_spelling_leads_there(gateway: GatewayProcess, path: str):
    with RawConnection(gateway.url) as connection:
        connection.send(b"GET " + path.encode() + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        connection.answer().problem(404)


def test_a_host_header_or_a_full_url_leads_nowhere_else(gateway: GatewayProcess):
    admin = admin_url(gateway).removeprefix("http://").encode()
    with RawConnection(gateway.url) as connection:
        connection.send(b"GET /metrics HTTP/1.1\r\nhost: " + admin + b"\r\n\r\n")
        assert connection.answer().status == 404
        connection.send(
            b"GET http://" + admin + b"/metrics HTTP/1.1\r\nhost: " + admin + b"\r\n\r\n"
        )
        assert connection.answer().status == 404


@pytest.mark.parametrize("path", sorted(BOTH))
def test_probes_and_models_answer_at_both(gateway: GatewayProcess, path: str):
    for url in (gateway.url, admin_url(gateway)):
        assert httpx.get(f"{url}{path}").status_code == 200


def test_scores_are_given_at_the_public_port_only(gateway: GatewayProcess):
    body = {"instances": [{}]}
    assert httpx.post(f"{gateway.url}/predict", json=body).status_code == 200
    assert httpx.post(f"{admin_url(gateway)}/predict", json=body).status_code == 404


def test_the_admin_ports_connections_have_the_same_bounds(gateway: GatewayProcess):
    with RawConnection(admin_url(gateway)) as connection:
        connection.send(b"GET /metrics HTTP/1.1\r\nhost:").answer().problem(408)
        assert connection.is_closed()
    with RawConnection(admin_url(gateway)) as connection:
        large = b"GET /metrics HTTP/1.1\r\nhost: x\r\ncookie: " + b"x" * 8000 + b"\r\n\r\n"
        connection.send(large).answer().problem(431)
    with RawConnection(admin_url(gateway)) as connection:
        connection.send(post(ROW, b"transfer-encoding: chunked")).answer().problem(400)


def test_the_user_of_a_terminal_is_told_of_it(gateway: GatewayProcess):
    gateway.wait_for(re.escape(f"{admin_url(gateway)}/docs describes it"))


def test_both_end_with_the_process(gateway: GatewayProcess):
    """The last of this module: the gateway is gone afterwards."""
    urls = (gateway.url, admin_url(gateway))
    with RawConnection(urls[1]) as kept:
        kept.send(LIVEZ).answer()
        gateway.signal(signal.SIGTERM)
        for url in urls:
            wait_until(lambda url=url: httpx.get(f"{url}/readyz").status_code == 503, 5)
        assert httpx.get(f"{urls[1]}/metrics").status_code == 200  # the last scrape
        assert gateway.wait()[0] == 0
    for url in urls:
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


def test_an_admin_port_that_is_taken_refuses_the_start():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start("--port", "0", admin_port=port)
    assert ended.returncode == 2
    assert f"error: admin_host and admin_port: must be free to listen on; 127.0.0.1:{port}" in (
        ended.stderr
    )


def test_the_same_port_twice_refuses_the_start():
    ended = start("--port", "8123", admin_port=8123)
    assert ended.returncode == 2
    assert "admin_port must be another than port" in ended.stderr


@pytest.mark.parametrize(
    ("host", "with_keys", "warnings"),
    [("0.0.0.0", False, 1), ("0.0.0.0", True, 0), ("127.0.0.1", False, 0)],  # noqa: S104
)
def test_an_address_for_everybody_without_keys_is_warned_of_once(
    tmp_path: Path, host: str, with_keys: bool, warnings: int
):
    settings: dict[str, object] = {"host": host, "scorer": "grpc://127.0.0.1:1"}
    if with_keys:
        settings["api_keys_file"] = tmp_path / "keys"
        (tmp_path / "keys").write_text(f"shop:{'0' * 64}\n")
    with GatewayProcess(tmp_path, "^listening: ", **settings) as gateway:
        told = [line for line in gateway.lines if "no_api_keys" in line]
        assert len(told) == warnings
