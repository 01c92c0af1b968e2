"""Real model servers that are killed, stopped and sent new versions while a gateway is asked.

Faults 11 (down), 12 (slow) and 14 (version unloaded), with processes on both sides.
"""

import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from model.bundle import Pointer, write_pointer
from tests.integration.processes import (
    GatewayProcess,
    ModelServer,
    Process,
    free_port,
    read_reference,
    wait_until,
)

pytestmark = pytest.mark.slow


LATE_S = 3.0
"""The gateway's deadline, and what a busy machine may add to it."""


def in_form(response: httpx.Response) -> bool:
    """Tell whether a failure is a problem, and says when to try again if that may help."""
    if response.status_code == 200:
        return True
    is_problem = response.headers["content-type"] == "application/problem+json"
    return is_problem and ("retry-after" in response.headers) == (response.status_code == 503)


class Callers:
    """Threads that send the same rows until they are told to stop.

    Attributes:
        answers: status and version of each answer.
        wrong: answers whose scores are not the version's, that are late, or failures without the
            form that they must have.
    """

    def __init__(self, url: str, root: Path) -> None:
        self.answers: list[tuple[int, str]] = []
        self.wrong: list[str] = []
        self._url = url
        rows, self._scores = read_reference(root)
        self._body = {"instances": rows[:20]}
        self._stop = threading.Event()

    def _call(self) -> None:
        with httpx.Client(base_url=self._url, timeout=30) as client:
            while not self._stop.is_set():
                response = client.post("/predict", json=self._body)
                answer = response.json()
                version = answer.get("version", "")
                self.answers.append((response.status_code, version))
                if response.elapsed.total_seconds() > LATE_S or not in_form(response):
                    self.wrong.append(f"{response.elapsed} {response.headers} {response.text}")
                if response.status_code == 200:
                    expected = self._scores["dynint"][version if version in {"1", "2"} else "2"]
                    if not np.allclose(answer["probabilities"], expected[:20], atol=1e-6):
                        self.wrong.append(response.text)

    def more(self, count: int = 100) -> None:
        """Wait until so many more answers have come."""
        wanted = len(self.answers) + count
        wait_until(lambda: len(self.answers) >= wanted)

    @property
    def failures(self) -> list[tuple[int, str]]:
        """Answers other than 200."""
        return [answer for answer in self.answers if answer[0] != 200]

    @contextmanager
    def calling(self, threads: int = 3) -> Iterator[None]:
        """Send requests for the length of a block."""
        with ThreadPoolExecutor(threads) as pool:
            calls = [pool.submit(self._call) for _ in range(threads)]
            try:
                yield
            finally:
                self._stop.set()
            for call in calls:
                call.result()


@pytest.fixture(scope="module")
def start(module_releases: Path) -> Iterator[Callable[[int], ModelServer]]:
    """Starts model servers, and ends those that are left."""
    running: list[ModelServer] = []

    def run(port: int) -> ModelServer:
        running.append(ModelServer(module_releases, port=port))
        return running[-1]

    yield run
    for server in running:
        server.__exit__()


@pytest.fixture(scope="module")
def pair(start: Callable[[int], ModelServer]) -> list[ModelServer]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(start, [free_port(), free_port()]))


def times_proven(gateway: GatewayProcess, server: ModelServer) -> int:
    lines = list(gateway.lines)
    return sum("replica_proven" in line and server.target in line for line in lines)


def is_ready(gateway: GatewayProcess) -> bool:
    return httpx.get(f"{gateway.url}/readyz", timeout=10).status_code == 200


def open_files(gateway: GatewayProcess) -> int:
    return len(list(Path(f"/proc/{gateway.pid}/fd").iterdir()))


def test_11_a_replica_that_is_killed_and_comes_back(
    module_releases: Path, pair: list[ModelServer], start: Callable[[int], ModelServer]
):
    targets = ",".join(server.target for server in pair)
    with GatewayProcess(module_releases, scorer=f"grpc://{targets}") as gateway:
        wait_until(lambda: all(times_proven(gateway, server) == 1 for server in pair))
        callers = Callers(gateway.url, module_releases)
        with callers.calling():
            callers.more()
            before = open_files(gateway)
            pair[0].signal(signal.SIGKILL)
            callers.more()
            assert is_ready(gateway)
            pair[0] = start(pair[0].port)
            wait_until(lambda: times_proven(gateway, pair[0]) == 2)
            assert is_ready(gateway)
            callers.more()
            pair[1].signal(signal.SIGTERM)  # the first one answers alone from now on
            assert pair[1].wait()[0] == 0
            callers.more()
            assert is_ready(gateway)
        assert callers.failures == []
        assert callers.wrong == []
        wait_until(lambda: open_files(gateway) <= before + 2)


def test_11_the_only_server_is_killed_and_comes_back(
    module_releases: Path, pair: list[ModelServer], start: Callable[[int], ModelServer]
):
    with GatewayProcess(module_releases, scorer=f"grpc://{pair[0].target}") as gateway:
        callers = Callers(gateway.url, module_releases)
        with callers.calling():
            callers.more()
            before = open_files(gateway)
            pair[0].signal(signal.SIGKILL)
            callers.more()
            assert not is_ready(gateway)
            assert {status for status, _ in callers.answers[-50:]} == {503}
            pair[0] = start(pair[0].port)
            wait_until(lambda: callers.answers[-1][0] == 200, 5)
            wait_until(lambda: is_ready(gateway), 5)
            healthy = len(callers.answers)
            callers.more()
        assert {status for status, _ in callers.failures} == {503}
        assert {status for status, _ in callers.answers[healthy:]} == {200}
        assert callers.wrong == []
        wait_until(lambda: open_files(gateway) <= before + 2)


def test_12_a_server_that_is_stopped_and_goes_on(module_releases: Path, pair: list[ModelServer]):
    with GatewayProcess(
        module_releases, scorer=f"grpc://{pair[0].target}", request_timeout_ms=300
    ) as gateway:
        body = {"instances": [{}]}

        def status() -> int:
            response = httpx.post(f"{gateway.url}/predict", json=body, timeout=10)
            assert response.elapsed.total_seconds() < 0.3 + 0.5
            return response.status_code

        assert status() == 200
        pair[0].signal(signal.SIGSTOP)
        try:
            assert status() == 504
            wait_until(lambda: status() == 503, 5)
            assert not is_ready(gateway)
        finally:
            pair[0].signal(signal.SIGCONT)
        wait_until(lambda: status() == 200, 5)
        assert is_ready(gateway)


def test_exports_and_promotions_cost_no_request(module_releases: Path, pair: list[ModelServer]):
    folder = module_releases / "dynint"
    with GatewayProcess(module_releases, scorer=f"grpc://{pair[0].target}") as gateway:
        callers = Callers(gateway.url, module_releases)
        with callers.calling():
            callers.more()
            write_pointer(folder, Pointer("2", "1"))
            wait_until(lambda: (200, "2") in callers.answers)
            shutil.copytree(folder / "2", folder / "3")  # exported, not promoted
            pair[0].wait_for("dynint/2: available")
            callers.more()
            write_pointer(folder, Pointer("3", "2"))
            wait_until(lambda: (200, "3") in callers.answers)
            wait_until(lambda: any("dynint/1: unloaded" in line for line in pair[0].lines))
            write_pointer(folder, Pointer("2", "3"))  # as dynint rollback does
            wait_until(lambda: callers.answers[-1] == (200, "2"))
        assert callers.failures == []
        assert callers.wrong == []
        assert not any("dynint/2: unloaded" in line for line in pair[0].lines)


def test_14_versions_that_are_unloaded_before_and_after_the_flip(
    module_releases: Path, tmp_path: Path
):
    folder = module_releases / "dynint"
    config = tmp_path / "models.config"

    def serve(*versions: str) -> None:
        named = " ".join(f"versions: {version}" for version in versions)
        text = (
            f'model_config_list {{ config {{ name: "dynint" base_path: "{folder}" '
            f'model_platform: "tensorflow" '
            f"model_version_policy {{ specific {{ {named} }} }} }} }}"
        )
        written = tmp_path / "written"
        written.write_text(text)
        written.rename(config)

    serve("1", "2")
    write_pointer(folder, Pointer("1", "2"))
    command = ["-m", "dynint", "model-server", "--model-config-file", str(config)]
    options = ["--port", "0", "--poll-seconds", "0.05"]
    with Process([*command, *options], r"listening on .*:\d+") as server:
        port = server.wait_for(r"listening on .*:(\d+)")[1]
        with GatewayProcess(module_releases, scorer=f"grpc://127.0.0.1:{port}") as gateway:
            callers = Callers(gateway.url, module_releases)
            with callers.calling():
                callers.more()
                write_pointer(folder, Pointer("2", "1"))
                wait_until(lambda: (200, "2") in callers.answers)
                serve("2")
                server.wait_for("dynint/1: unloaded")
                callers.more()
                assert callers.failures == []  # flipped first, then unloaded
                write_pointer(folder, Pointer("1", "2"))  # the gateway stays with the one there is
                callers.more()
                assert callers.failures == []
                serve("1")  # unloaded under the live one: its successor is the other
                wait_until(lambda: callers.answers[-1] == (200, "1"), 10)
                callers.more()
                assert is_ready(gateway)
            assert {status for status, _ in callers.failures} <= {503}
            assert callers.wrong == []
