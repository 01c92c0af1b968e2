"""API keys for the tests, and gateways that ask for them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.processes import GatewayProcess
from tests.integration.raw_http import HEAD


def make_key(name: str) -> tuple[str, str]:
    """Make a key as an operator does; returns it and its line."""
    command = [sys.executable, "-m", "service.api_keys", "new", name]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    key, line = made.stdout.splitlines()
    return key, line


def replace(path: Path, *lines: str) -> None:
    """Put another file in the place of one, in one step."""
    new = path.with_suffix(".new")
    new.write_text("\n".join(lines) + "\n")
    os.replace(new, path)  # noqa: PTH105 (as an operator's mv does)


def admin_url(gateway: GatewayProcess) -> str:
    """Find a process' admin port."""
    return f"http://{gateway.wait_for(r'^admin on (.*)')[1]}"


def asking(key: str, body: bytes = b"{}") -> bytes:
    """Write a whole POST /predict with a key."""
    return HEAD + b"x-api-key: %s\r\ncontent-length: %d\r\n\r\n" % (key.encode(), len(body)) + body
