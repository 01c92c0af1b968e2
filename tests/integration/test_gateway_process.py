"""``dynint serve`` with the embedded scorer: one process, from its start to its end."""

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from model.bundle import Pointer, write_pointer
from tests.integration.processes import (
    GatewayProcess,
    RedisServer,
    read_reference,
    wait_until,
)

ENDING = "urn:dynint:problem:ending"


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[GatewayProcess]:
    with (
        RedisServer() as redis,
        GatewayProcess(
            module_releases,
            redis_url=redis.url,
            scorer_inline_rows=150,
            pointer_poll_ms=20,
            drain_ms=2000,
        ) as running,
    ):
        yield running


def test_scores_equal_the_trained_models(gateway: GatewayProcess, module_releases: Path):
    rows, probabilities = read_reference(module_releases)
    expected = probabilities["dynint"]["1"]
    for some in (1, 10, 100, len(rows)):  # on the event loop, and in a thread
        for _ in range(2):
            answer = httpx.post(f"{gateway.url}/predict", json={"instances": rows[:some]}).json()
            np.testing.assert_allclose(answer["probabilities"], expected[:some], atol=1e-6)


def test_ten_thousand_rows_are_scored(gateway: GatewayProcess, module_releases: Path):
    rows, probabilities = read_reference(module_releases)
    body = {"instances": rows * 50}
    answer = httpx.post(f"{gateway.url}/predict", json=body, timeout=60)
    if answer.status_code == 504:  # on a machine this busy, the deadline is the right answer
        pytest.skip("the machine is too busy")
    np.testing.assert_allclose(
        answer.json()["probabilities"], probabilities["dynint"]["1"] * 50, atol=1e-6
    )


def test_a_flip_under_load_loses_and_mixes_nothing(gateway: GatewayProcess, module_releases: Path):
    rows, probabilities = read_reference(module_releases)
    expected = {version: np.array(scores) for version, scores in probabilities["dynint"].items()}
    seen: list[str] = []
    errors: list[str] = []
    stop = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=gateway.url, timeout=30) as client:
            while not stop.is_set():
                response = client.post("/predict", json={"instances": rows[:50]})
                if response.status_code != 200:
                    errors.append(response.text)
                    return
                answer = response.json()
                difference = abs(expected[answer["version"]][:50] - answer["probabilities"]).max()
                if difference > 1e-6:
                    errors.append(f"version {answer['version']} is off by {difference}")
                seen.append(answer["version"])

    httpx.post(f"{gateway.url}/predict", json={"instances": rows[:50]}).raise_for_status()
    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for version in ("2", "1"):
        write_pointer(module_releases / "dynint", Pointer(version))
        wait_until(lambda version=version: errors or version in seen[-1:], 60)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert {"1", "2"} <= set(seen)
    (misses,) = re.findall(
        r'^dynint_tier_misses_total\{model_version="2",tier="l1"\} (\S+)$',
        httpx.get(f"{gateway.url}/metrics").text,
        re.MULTILINE,
    )
    assert float(misses) == 0  # the new release was warm when it went live


def test_sigterm_drains_and_ends_with_zero(gateway: GatewayProcess):
    failures: list[str] = []
    served: list[str] = []
    away = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=gateway.url, timeout=30) as client:
            while not away.is_set():
                try:
                    response = client.post("/predict", json={"instances": [{}]})
                except httpx.HTTPError as error:
                    failures.append(repr(error))
                    return
                if response.status_code != 200:
                    failures.append(response.text)
                    return
                served.append(response.headers.get("connection", ""))

    thread = threading.Thread(target=load)
    thread.start()
    wait_until(lambda: len(served) > 20)
    gateway.signal(signal.SIGTERM)
    # As a load balancer does: send no more once it says that it is not ready.
    wait_until(lambda: httpx.get(f"{gateway.url}/readyz").json().get("type") == ENDING, 5)
    away.set()
    thread.join(10)
    code, _ = gateway.wait()
    assert code == 0
    assert not failures
    assert served[0] == ""
    assert served[-1] == "close"


def run_serve(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dynint", "serve", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_bad_options_end_with_2_and_a_line_that_names_them():
    ended = run_serve("--scorer", "http://there", "--port", "99999")
    assert ended.returncode == 2
    assert "DYNINT_SCORER" in ended.stderr
    assert "DYNINT_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_ends_with_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run_serve("--scorer", "grpc://127.0.0.1:1", "--port", port)
    assert ended.returncode == 2
    assert "free to listen" in ended.stderr
    assert f"127.0.0.1:{port} is not (Address already in use). --port 0" in ended.stderr


def test_a_folder_that_is_missing_is_named_and_waited_for(tmp_path: Path):
    root = tmp_path / "no dir"
    settings = {"scorer": "grpc://127.0.0.1:1", "pointer_poll_ms": 20}
    with GatewayProcess(
        root, "^not ready: .*: the release root has no folder", **settings
    ) as gateway:
        gateway.wait_for(f"^waiting for: {root}, which does not exist")
        assert str(tmp_path) not in httpx.get(f"{gateway.url}/readyz").text
        (root / "dynint").mkdir(parents=True)
        gateway.wait_for(
            f"^not ready: no version was promoted yet. On .* run: dynint promote --root '{root}' --name dynint VERSION"
        )
