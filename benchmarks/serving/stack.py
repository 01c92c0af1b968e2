"""The processes that are measured: gateways, a model server, Redis, the plain service."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from model.console import say
from model.errors import CheckFailedError

START_S = 120.0


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def make_releases(root: Path, versions: int = 1) -> None:
    """Write the releases that are measured, and make version 1 live.

    Raises:
        CheckFailedError: if that fails.
    """
    _run("-m", "benchmarks.serving.release", str(root), "--versions", str(versions))
    _run("-m", "dynint", "promote", "--root", str(root), "--name", "dynint", "1")


def _run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise CheckFailedError(f"{' '.join(arguments)}: must succeed; it printed {done.stderr}")


@contextmanager
def process(
    command: list[str], ready_url: str | None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the block ends; it starts when its URL answers.

    Raises:
        CheckFailedError: if it ends before, or does not answer in time.
    """
    child = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
    )
    try:
        if ready_url:
            wait_for(ready_url, child)
        yield child
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(url: str, child: subprocess.Popen[bytes]) -> None:
    """Wait until a URL of a process answers with 200."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if child.poll() is not None:
            raise CheckFailedError(f"{url}: the process must run; it ended with {child.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  (a URL of ours)
                return
        except OSError:
            time.sleep(0.05)
    raise CheckFailedError(f"{url}: must answer within {START_S:.0f} s; it did not")


@contextmanager
def gateway(root: Path, **settings: object) -> Iterator[int]:
    """Run the gateway with its floor; yields its port."""
    with gateway_process(root, **settings) as (port, _):
        yield port


@contextmanager
def gateway_process(root: Path, **settings: object) -> Iterator[tuple[int, int]]:
    """Run the gateway with its floor; yields its port and its process' id."""
    port = free_port()
    env = {
        "DYNINT_RELEASE_ROOT": str(root),
        "DYNINT_PORT": str(port),
        "DYNINT_DRAIN_MS": "0",
        **{f"DYNINT_{name.upper()}": str(value) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "benchmarks.serving.gateway"]
    with process(command, f"http://127.0.0.1:{port}/readyz", env) as child:
        yield port, child.pid


@contextmanager
def plain(root: Path) -> Iterator[int]:
    """Run the plain service; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serving.plain", str(root / "plain"), str(port)]
    with process(command, f"http://127.0.0.1:{port}/openapi.json"):
        yield port


@contextmanager
def model_server(root: Path) -> Iterator[str]:
    """Run the project's model server; yields ``host:port``."""
    port = free_port()
    command = [sys.executable, "-m", "dynint", "model-server", "--root", str(root)]
    with process([*command, "--port", str(port)], None):
        yield f"127.0.0.1:{port}"


def _redis_server() -> str | None:
    return os.environ.get("DYNINT_TEST_REDIS_SERVER") or shutil.which("redis-server")


def redis_choices() -> tuple[bool, ...]:
    """Without Redis and with it; without it alone where there is no redis-server to run."""
    if _redis_server():
        return False, True
    say("no redis-server here: its cases are left out")
    return (False,)


@contextmanager
def redis(*options: str) -> Iterator[str | None]:
    """Run a redis-server with options; yields its URL, or ``None`` where there is none to run."""
    found = _redis_server()
    if not found:
        say("no redis-server here: its cases are left out")
        yield None
        return
    port = free_port()
    command = [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
    with process(command, None):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def stack(
    root: Path, scorer: str, with_redis: bool, **settings: object
) -> Iterator[tuple[int, int]]:
    """Run a gateway with what it needs; yields its port and its process' id.

    Args:
        root: release root.
        scorer: embedded, or remote: a model server beside it.
        with_redis: whether Redis is the middle tier; ``redis_choices`` says whether it can be.
        **settings: of the gateway.
    """
    with ExitStack() as running:
        if scorer == "remote":
            settings["scorer"] = f"grpc://{running.enter_context(model_server(root))}"
        if with_redis:
            settings["redis_url"] = running.enter_context(redis())
        yield running.enter_context(gateway_process(root, **settings))
