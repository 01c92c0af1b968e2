"""The local stack, driven as a user would: Compose on a fresh checkout."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

GATEWAY = "http://127.0.0.1:8080"
GRAFANA = "http://127.0.0.1:3000"
_HERE = Path(__file__).resolve().parents[2]


def compose_command() -> list[str]:
    """Find Compose: Docker's plugin of today, or the older program of its own."""
    plugin = ["docker", "compose"]
    if subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0:
        return plugin
    return [str(shutil.which("docker-compose"))]


class Compose:
    """One stack in a clone of its own.

    Args:
        folder: where the clone goes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dynint"
        subprocess.run(["git", "clone", "-q", str(_HERE), str(self.folder)], check=True)
        self._command = [*compose_command(), "-p", "dyninttest"]

    def __call__(self, *arguments: str, seconds: float = 300, check: bool = True) -> str:
        """Run Compose; returns its standard output."""
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=self.folder,
            env={**os.environ, "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "1")},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def container(self, service: str) -> str:
        """Return a service's container id."""
        return self("ps", "-a", "-q", service).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        """Return what Docker says of a service's container."""
        text = subprocess.run(
            ["docker", "inspect", self.container(service)], capture_output=True, check=True
        ).stdout
        return json.loads(text)[0]

    def run(self, service: str, *command: str) -> str:
        """Run a command in a service's container."""
        return self("exec", "-T", service, *command)

    def kill(self, service: str) -> None:
        """Kill a service's process, as when it crashes: what restarts it is Docker's policy."""
        pid = self.inspect(service)["State"]["Pid"]
        os.kill(pid, 9)

    def is_healthy(self, service: str) -> bool:
        """Tell what the container's health check says."""
        return self.inspect(service)["State"].get("Health", {}).get("Status") == "healthy"

    def metrics(self) -> str:
        """Return the gateway's metrics, from its admin port inside the network."""
        code = (
            "import urllib.request as u;"
            "print(u.urlopen('http://127.0.0.1:8081/metrics').read().decode())"
        )
        return self.run("gateway", "python", "-c", code)

    def prometheus(self, query: str) -> list[dict[str, Any]]:
        """Ask Prometheus, inside the network."""
        url = f"http://127.0.0.1:9090/api/v1/query?query={query}"
        return json.loads(self.run("prometheus", "wget", "-qO-", url))["data"]["result"]


def wait(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: if it does not in time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (httpx.HTTPError, AssertionError, subprocess.SubprocessError, KeyError, OSError):
            pass
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {seconds:g} s")


def value(metrics: str, name: str) -> float:
    """Add a metric's samples up."""
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in metrics.splitlines()
        if line.startswith((name + "{", name + " "))
    )
