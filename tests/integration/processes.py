"""Real processes and servers for the tests: gateways, model servers, redis-server."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import uvicorn

from service.gateway import Gateway
from service.http_protocol import protocol_for
from service.main import create_app
from service.scorers.scorer import Scorer
from service.settings import Settings

START_S = 90.0
"""How long a process may take to start, on a machine that is busy."""


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for a condition; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Process:
    """A process of this project whose standard error is read all the time.

    Args:
        command: arguments after ``python``.
        ready: pattern of the line after which it can be used.
        env: further variables.
    """

    def __init__(
        self, command: list[str], ready: str, env: Mapping[str, str] | None = None
    ) -> None:
        self.lines: list[str] = []
        self._child = subprocess.Popen(
            [sys.executable, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for(ready)
        except BaseException:
            self._child.kill()
            self._child.wait()
            raise

    def _read(self) -> None:
        assert self._child.stderr is not None
        self.lines.extend(iter(self._child.stderr.readline, ""))

    def wait_for(self, pattern: str, seconds: float = START_S) -> re.Match[str]:
        """Wait for a line on standard error."""
        found: list[re.Match[str]] = []

        def there() -> bool:
            assert self._child.poll() is None, "".join(self.lines)
            found.extend(filter(None, (re.search(pattern, line) for line in list(self.lines))))
            return bool(found)

        wait_until(there, seconds)
        return found[0]

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._child.pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._child.send_signal(number)

    def wait(self, seconds: float = 30.0) -> tuple[int, str]:
        """Wait for the end; returns the exit code and standard output."""
        assert self._child.stdout is not None
        output = self._child.stdout.read()  # to its end; standard error has a reader of its own
        return self._child.wait(seconds), output

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(30)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._reader.join(5)
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()


class GatewayProcess(Process):
    """``dynint serve`` on a free port.

    Args:
        root: release root.
        ready: pattern of the line after which it can be used.
        **settings: as ``DYNINT_*``, in lower case.
    """

    def __init__(self, root: Path, ready: str = "^ready: ", **settings: object) -> None:
        env = {f"DYNINT_{name.upper()}": str(value) for name, value in settings.items()}
        command = ["-m", "dynint", "serve", "--release-root", str(root), "--port", "0"]
        super().__init__(command, ready, env)
        self.url = f"http://{self.wait_for(r'^starting on (.*)')[1]}"


class ModelServer(Process):
    """``dynint model-server`` on a free port, or on one that is given."""

    def __init__(self, root: Path, name: str = "dynint", port: int = 0) -> None:
        command = ["-m", "dynint", "model-server", "--root", str(root), "--name", name]
        super().__init__([*command, "--port", str(port)], r"listening on .*:\d+")
        self.port = int(self.wait_for(r"listening on .*:(\d+)")[1])
        self.target = f"127.0.0.1:{self.port}"


class RedisServer:
    """A redis-server of the machine's, without persistence."""

    def __init__(self, port: int | None = None) -> None:
        found = os.environ.get("DYNINT_TEST_REDIS_SERVER") or shutil.which("redis-server")
        if not found:
            pytest.skip("no redis-server: set DYNINT_TEST_REDIS_SERVER or install one")
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [found, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._folder = tempfile.mkdtemp(prefix="redis-")  # a replica writes what it is sent
        self._child = subprocess.Popen(
            self._command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
        )
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False

    def stop(self) -> None:
        """Kill it."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
            shutil.rmtree(self._folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class LocalGateway:
    """A gateway in a thread of the tests' process, on a real socket.

    Attributes:
        app: its application.
        url: its address.
        client: asks it.
    """

    def __init__(self, app: Gateway, url: str) -> None:
        self.app = app
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=30)

    def predict(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Score rows; fails unless the answer is 200."""
        response = self.client.post("/predict", json={"instances": rows})
        assert response.status_code == 200, response.text
        return response.json()

    def metric(self, name: str, **labels: str) -> float:
        """Read a metric; 0 if it was never touched."""
        return self.app.components.metrics.registry.get_sample_value(name, labels) or 0.0

    def is_ready(self) -> bool:
        """Ask /readyz."""
        return self.client.get("/readyz").status_code == 200


@contextmanager
def local_gateway(
    settings: Settings,
    scorer: Scorer | None = None,
    ready: bool = True,
    keep_alive_s: int = 5,
    send_buffer: int | None = None,
) -> Iterator[LocalGateway]:
    """Run a gateway in a thread.

    Args:
        settings: of the gateway.
        scorer: in place of the one that the settings name.
        ready: whether to wait until it is.
        keep_alive_s: how long a silent connection is kept.
        send_buffer: bytes that a connection's socket holds for a client that does not read.
    """
    app = create_app(settings, scorer)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if send_buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)  # inherited
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=protocol_for(app.components),
            ws="none",
            log_config=None,
            lifespan="on",
            proxy_headers=False,
            timeout_keep_alive=keep_alive_s,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        gateway = LocalGateway(app, f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            wait_until(lambda: server.started)
            if ready:
                wait_until(gateway.is_ready)
            yield gateway
        finally:
            gateway.client.close()
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def read_reference(root: Path) -> tuple[list[dict[str, Any]], dict[str, dict[str, list[float]]]]:
    """Read rows, and the probabilities of each model's versions."""
    content = json.loads((root / "reference.json").read_bytes())
    return content["rows"], content["probabilities"]
