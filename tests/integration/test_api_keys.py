"""Keys and limits at a gateway process, over real sockets."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.integration.keys import admin_url, asking, make_key, replace
from tests.integration.processes import GatewayProcess, read_reference, wait_until
from tests.integration.raw_http import HEAD, LIVEZ, RawConnection


@dataclass
class Keyed:
    """A gateway with two callers: ``shop`` without limits, ``slow`` with narrow ones."""

    gateway: GatewayProcess
    file: Path
    shop: str
    slow: str
    lines: list[str]

    @property
    def url(self) -> str:
        return self.gateway.url

    def metrics(self) -> str:
        return httpx.get(f"{admin_url(self.gateway)}/metrics").text

    def post(self, key: str, rows: list[dict[str, object]]) -> httpx.Response:
        body = {"instances": rows}
        return httpx.post(f"{self.url}/predict", json=body, headers={"x-api-key": key}, timeout=30)


@pytest.fixture(scope="module")
def keyed(module_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    file = tmp_path_factory.mktemp("secrets") / "keys"
    shop, shops_line = make_key("shop")
    slow, slows_line = make_key("slow")
    lines = ["# who may ask", shops_line, f"{slows_line}:requests=0.01,burst=3,rows=none"]
    replace(file, *lines)
    settings = {"api_keys_file": file, "admin_port": 0, "log_sample": 1, "rate_rows_per_s": 1e6}
    with GatewayProcess(module_releases, **settings) as gateway:
        yield Keyed(gateway, file, shop, slow, lines)


def test_a_known_key_is_answered_in_either_header(keyed: Keyed, module_releases: Path):
    rows, probabilities = read_reference(module_releases)
    for headers in ({"x-api-key": keyed.shop}, {"authorization": f"Bearer {keyed.shop}"}):
        answer = httpx.post(
            f"{keyed.url}/v1/predict", json={"instances": rows}, headers=headers, timeout=30
        )
        expected = probabilities["dynint"]["1"]
        np.testing.assert_allclose(answer.json()["probabilities"], expected, atol=1e-6)
    assert httpx.get(f"{keyed.url}/v1/models", headers=headers).status_code == 200


def test_without_a_key_401_comes_before_the_body(keyed: Keyed):
    with RawConnection(keyed.url) as connection:
        connection.send(HEAD + b"content-length: 1000000\r\n\r\n")
        answer = connection.answer()
        assert answer.headers["www-authenticate"] == 'Bearer realm="dynint"'
        assert answer.headers["connection"] == "close"
        assert answer.problem(401)["type"] == "urn:dynint:problem:no-key"


@pytest.mark.parametrize(
    "path", ["/predict", "/v1/models", "/v1/predict", "/nowhere", "//v1/models", "/v1%2fmodels"]
)
def test_no_path_but_the_probes_answers_without_a_key(keyed: Keyed, path: str):
    for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
        assert httpx.request(method, f"{keyed.url}{path}").status_code == 401, method


def test_the_probes_need_no_key(keyed: Keyed):
    assert httpx.get(f"{keyed.url}/livez").status_code == 200
    assert httpx.get(f"{keyed.url}/readyz").status_code == 200


def test_an_unknown_key_is_403_before_the_body_and_is_repeated_nowhere(keyed: Keyed):
    unknown, line = make_key("nobody")
    for given in (unknown, unknown[:-1], keyed.shop.upper(), line.partition(":")[2]):
        with RawConnection(keyed.url) as connection:
            head = HEAD + b"x-api-key: " + given.encode() + b"\r\nx-request-id: odd-key\r\n"
            answer = connection.send(head + b"content-length: 1000000\r\n\r\n").answer()
            assert answer.problem(403)["type"] == "urn:dynint:problem:unknown-key"
            assert given.encode() not in answer.body
    keyed.gateway.wait_for('"odd-key"')
    said = "".join(keyed.gateway.lines)
    assert unknown not in said
    assert keyed.shop not in said


def test_the_log_and_the_metrics_name_the_caller(keyed: Keyed):
    assert keyed.post(keyed.shop, [{}]).status_code == 200
    keyed.gateway.wait_for('"caller":"shop"')
    found = keyed.metrics()
    assert 'dynint_caller_requests_total{caller="shop",outcome="admitted"}' in found
    assert 'dynint_refused_keys_total{reason="unknown_key"}' in found
    assert keyed.shop not in found


def test_a_limit_of_one_key_is_429_and_the_connection_and_others_live_on(keyed: Keyed):
    body = b'{"instances": [%s]}' % b",".join([b"{}"] * 1000)
    with RawConnection(keyed.url) as connection:
        for status in (200, 200, 200, 429, 429):
            answer = connection.send(asking(keyed.slow, body)).answer()
            assert answer.status == status
        problem = answer.problem(429)
        assert "at most 0.01 per second, 3 at once" in problem["detail"]
        assert 1 < int(answer.headers["retry-after"]) <= 100
        assert "connection" not in answer.headers
        assert connection.send(asking(keyed.shop, body)).answer().status == 200
        assert connection.send(LIVEZ).answer().status == 200
    assert 'dynint_caller_requests_total{caller="slow",outcome="limited"} 2.0' in keyed.metrics()


def test_a_limited_request_whose_body_never_comes_is_answered_and_closed(keyed: Keyed):
    for _ in range(4):
        keyed.post(keyed.slow, [{}])
    with RawConnection(keyed.url) as connection:
        head = HEAD + b"x-api-key: " + keyed.slow.encode() + b"\r\n"
        answer = connection.send(head + b"content-length: 100\r\n\r\n{").answer()
        assert answer.problem(429)
        assert connection.is_closed()


def test_rotation_fails_no_request_and_a_withdrawn_key_is_refused(keyed: Keyed):
    """Both keys are known for a while; their caller changes over; the old one goes."""
    new, new_line = make_key("shop")
    statuses: list[int] = []
    key = [keyed.shop]
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            statuses.append(keyed.post(key[0], [{}]).status_code)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        replace(keyed.file, *keyed.lines, new_line)
        wait_until(lambda: keyed.post(new, [{}]).status_code == 200)
        key[0] = new
        replace(keyed.file, keyed.lines[2], new_line)
        wait_until(lambda: keyed.post(keyed.shop, [{}]).status_code == 403)
    finally:
        stop.set()
        thread.join(30)
    assert len(statuses) > 5
    assert statuses.count(200) >= len(statuses) - 1  # one may have had the old key in hand
    replace(keyed.file, *keyed.lines)
    wait_until(lambda: keyed.post(keyed.shop, [{}]).status_code == 200)
    assert keyed.post(new, [{}]).status_code == 403


def test_a_broken_file_keeps_the_keys_and_is_logged_and_counted(keyed: Keyed):
    secret, _ = make_key("typo")
    for number, break_it in enumerate(
        (
            lambda: replace(keyed.file, f"shop:{secret}"),  # the key in place of its hash
            lambda: replace(keyed.file, ""),
            keyed.file.unlink,
            lambda: os.mkfifo(keyed.file),  # nobody writes to it
        ),
        start=1,
    ):
        break_it()
        counted = f'dynint_api_key_loads_total{{outcome="refused"}} {number}.0'
        wait_until(lambda counted=counted: counted in keyed.metrics())
        assert "dynint_api_keys_file_refused 1.0" in keyed.metrics()
        assert keyed.post(keyed.shop, [{}]).status_code == 200
    keyed.gateway.wait_for("the hash must be 64 digits.*api_keys_refused")
    keyed.gateway.wait_for("No such file.*api_keys_refused")
    keyed.gateway.wait_for("must be a regular file.*api_keys_refused")
    assert secret not in "".join(keyed.gateway.lines)
    new, new_line = make_key("shop")
    replace(keyed.file, *keyed.lines, new_line)  # and it is looked at still
    wait_until(lambda: keyed.post(new, [{}]).status_code == 200)
    assert "dynint_api_keys_file_refused 0.0" in keyed.metrics()
    replace(keyed.file, *keyed.lines)


def start(*options: str, **settings: object) -> subprocess.CompletedProcess[str]:
    env = {f"DYNINT_{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "dynint", "serve", "--scorer", "grpc://127.0.0.1:1", *options]
    return subprocess.run(
        ["env", *(f"{name}={value}" for name, value in env.items()), *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_broken_file_refuses_the_start_by_file_line_and_rule(tmp_path: Path):
    key, line = make_key("shop")
    file = tmp_path / "keys"
    file.write_text(f"{line}\nother:{key}\n")
    ended = start("--port", "0", api_keys_file=file)
    assert ended.returncode == 2
    assert f"error: {file}:2: the hash must be 64 digits" in ended.stderr
    assert key not in ended.stderr
    ended = start("--port", "0", api_keys_file=tmp_path / "absent")
    assert ended.returncode == 2
    assert "error: api_keys_file: must be a file that can be read" in ended.stderr
    os.mkfifo(tmp_path / "pipe")
    ended = start("--port", "0", api_keys_file=tmp_path / "pipe")
    assert ended.returncode == 2
    assert "pipe: must be a regular file" in ended.stderr


def test_a_bad_name_makes_no_key():
    command = [sys.executable, "-m", "service.api_keys", "new", "a:b"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "NAME: must be" in ended.stderr
    assert not ended.stdout
