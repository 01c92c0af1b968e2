"""A gateway as a subprocess, on a free port, for as long as a block runs."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from model.errors import CheckFailedError
from training.demo.steps import command

READY_SECONDS = 90.0
STOP_SECONDS = 20.0
_NOT_OURS = {"DYNINT_API_KEYS_FILE": "", "DYNINT_ADMIN_PORT": ""}


def free_port() -> int:
    """Ask the kernel for a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_gateway(arguments: list[object], environment: Mapping[str, str]) -> Iterator[str]:
    """Start ``dynint serve``, wait until it is ready, yield its URL, stop it.

    Raises:
        CheckFailedError: if it exits or is not ready in time.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(  # noqa: S603 (this Python and this project's own verb)
        command(["serve", *arguments, "--port", port]),
        env={**os.environ, **_NOT_OURS, **environment},
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _ready(url):
            if process.poll() is not None:
                raise CheckFailedError(f"dynint serve: exited with {process.returncode}")
            if time.monotonic() > deadline:
                raise CheckFailedError(f"dynint serve: not ready after {READY_SECONDS:.0f} s")
            time.sleep(0.1)
        yield url
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=1.0).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
