"""A model server as the scorer: real processes, and a server that answers with what a test wants."""

import json
import re
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import grpc
import httpx
import numpy as np
import pytest

from model.bundle import Pointer, write_pointer
from service.settings import Settings
from tests.integration.processes import (
    GatewayProcess,
    LocalGateway,
    ModelServer,
    Process,
    RedisServer,
    free_port,
    local_gateway,
    read_reference,
    wait_until,
)
from tests.integration.scripted_server import Scripted

ROW = {"instances": [{}]}


@pytest.fixture(scope="module")
def model_server(module_releases: Path) -> Iterator[ModelServer]:
    with ModelServer(module_releases) as running:
        yield running


def scored_by(
    root: Path, *servers: Scripted, ready: bool = True, **settings: object
) -> AbstractContextManager[LocalGateway]:
    """Run a gateway of ``sums``."""
    targets = ",".join(server.target for server in servers)
    chosen = Settings(release_root=root, model_name="sums", scorer=f"grpc://{targets}", **settings)
    return local_gateway(chosen, ready=ready)


def check_scores(url: str, root: Path, version: str = "1") -> None:
    rows, probabilities = read_reference(root)
    answer = httpx.post(f"{url}/predict", json={"instances": rows}, timeout=30).json()
    np.testing.assert_allclose(answer["probabilities"], probabilities["dynint"][version], atol=1e-6)
    assert answer["degraded"] is False


def test_scores_equal_the_trained_models_and_tensorflow_is_never_imported(
    module_releases: Path, model_server: ModelServer
):
    write_pointer(module_releases / "dynint", Pointer("2"))
    script = (
        "import json, sys; from dynint import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    command = ["-c", script, "serve", "--release-root", str(module_releases), "--port", "0"]
    with (
        RedisServer() as redis,
        Process(
            [*command, "--scorer", f"grpc://{model_server.target}", "--redis-url", redis.url],
            r"^ready: ",
            {"DYNINT_DRAIN_MS": "0"},
        ) as gateway,
    ):
        url = gateway.wait_for(r"^ready: (\S+)")[1]
        for _ in range(2):
            check_scores(url, module_releases, "2")
        for path in ("/metrics", "/healthz", "/readyz", "/v1/models", "/openapi.json", "/docs"):
            assert httpx.get(url + path).status_code == 200
        gateway.signal(signal.SIGTERM)
        code, output = gateway.wait()
    assert code == 0
    modules = {name.split(".")[0] for name in json.loads(output)}
    assert {"grpc", "service", "redis"} <= modules
    assert not modules & {"tensorflow", "keras", "tensorflow_serving", "polars", "pyarrow"}


@pytest.mark.slow
def test_a_server_that_comes_and_goes(module_releases: Path):
    write_pointer(module_releases / "dynint", Pointer("2"))
    port = free_port()
    with GatewayProcess(
        module_releases, "^not ready: ", scorer=f"grpc://127.0.0.1:{port}"
    ) as gateway:
        refused = httpx.post(f"{gateway.url}/predict", json={"instances": [{}]})
        assert refused.status_code == 503
        assert httpx.get(f"{gateway.url}/livez").status_code == 200
        with ModelServer(module_releases, port=port):
            gateway.wait_for("^ready: ")
            check_scores(gateway.url, module_releases, "2")
        refused = httpx.post(f"{gateway.url}/predict", json={"instances": [{}]})
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["type"] == "urn:dynint:problem:scorer-unavailable"
        wait_until(lambda: httpx.get(f"{gateway.url}/readyz").status_code == 503)
        with ModelServer(module_releases, port=port):
            wait_until(lambda: httpx.get(f"{gateway.url}/readyz").status_code == 200)
            check_scores(gateway.url, module_releases, "2")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.NOT_FOUND, 503),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504),
        (grpc.StatusCode.INVALID_ARGUMENT, 500),
        (grpc.StatusCode.FAILED_PRECONDITION, 500),
        (grpc.StatusCode.INTERNAL, 500),
    ],
)
def test_a_model_servers_errors(module_releases: Path, code: grpc.StatusCode, status: int):
    with Scripted() as scripted, scored_by(module_releases, scripted) as gateway:
        before = scripted.calls
        scripted.fail = code
        response = gateway.client.post("/predict", json=ROW)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert ("retry-after" in response.headers) == (status == 503)
        assert "10.0.0.1" not in response.text
        if code is not grpc.StatusCode.UNAVAILABLE:  # it has to prove itself again
            assert scripted.calls == before + 1
        scripted.fail = None
        wait_until(lambda: gateway.client.post("/predict", json=ROW).status_code == 200, 3)


def test_a_slow_model_server_gets_504_at_the_deadline_and_its_call_is_cancelled(
    module_releases: Path,
):
    with (
        Scripted() as scripted,
        scored_by(module_releases, scripted, request_timeout_ms=200) as gateway,
    ):
        before = scripted.calls
        scripted.delay_s = 30
        response = gateway.client.post("/predict", json={"instances": [{}]})
        assert response.status_code == 504
        assert 0.15 < response.elapsed.total_seconds() < 5
        wait_until(lambda: scripted.cancelled == 1)
        assert scripted.calls == before + 1


def test_scores_that_are_none_are_never_let_out(module_releases: Path):
    with Scripted() as scripted, scored_by(module_releases, scripted) as gateway:
        scripted.scale = float("nan")
        response = gateway.client.post("/predict", json={"instances": [{"C4": "level1"}]})
        assert response.status_code == 503
        assert response.json()["type"] == "urn:dynint:problem:no-probability"


def test_a_server_that_does_not_know_the_version_is_not_ready(module_releases: Path):
    with Scripted() as scripted:
        scripted.served = False
        with scored_by(module_releases, scripted, ready=False) as gateway:
            wait_until(lambda: "must serve version 1" in gateway.client.get("/readyz").text)
            assert gateway.client.post("/predict", json={"instances": [{}]}).status_code == 503
            scripted.served = True
            wait_until(gateway.is_ready)
            scripted.served = False
            wait_until(lambda: not gateway.is_ready())


def test_large_requests_fit(module_releases: Path):
    more = {"max_rows": 200_000, "request_timeout_ms": 60_000}
    with Scripted() as scripted, scored_by(module_releases, scripted, **more) as gateway:
        scores = gateway.predict([{}] * 150_000)["probabilities"]  # 5.4 MB on the wire
        assert len(set(scores)) == 1


def test_a_second_model_server_shares_the_load(module_releases: Path):
    with Scripted() as one, Scripted() as two, scored_by(module_releases, one, two) as gateway:
        wait_until(lambda: one.calls and two.calls)  # both have proven themselves
        before = one.calls, two.calls
        for _ in range(40):
            gateway.predict([{}])
        assert one.calls - before[0] + two.calls - before[1] in {40, 41}
        assert one.calls - before[0] >= 5
        assert two.calls - before[1] >= 5


def test_the_start_line_holds_a_command_that_works(
    module_releases: Path, model_server: ModelServer
):
    with GatewayProcess(module_releases, scorer=f"grpc://{model_server.target}") as gateway:
        body = gateway.wait_for(r"^try:.* -d '(.*)'$")[1]
        answer = httpx.post(
            f"{gateway.url}/predict", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 200
        assert re.match(r"http://127.0.0.1:\d+$", gateway.url)
