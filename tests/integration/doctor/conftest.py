"""``dynint doctor`` as a process, and what it is asked about."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.processes import ModelServer, free_port

LONGEST_S = 200.0

PATIENT = {"DYNINT_REDIS_BUDGET_MS": "900", "DYNINT_REQUEST_TIMEOUT_MS": "60000"}
"""Whatever else the machine does, an answer comes in time."""


@dataclass
class Examined:
    """How ``dynint doctor --json`` ended.

    Attributes:
        code: its exit code.
        result: the object on its last line.
        told: standard error.
    """

    code: int
    result: dict[str, Any]
    told: str

    def of(self, check: str) -> dict[str, Any]:
        """Return the one finding whose check begins so."""
        found = [each for each in self.result["findings"] if each["check"].startswith(check)]
        assert len(found) == 1, (check, found, self.told)
        return found[0]

    def state(self, check: str) -> str:
        """Return the state of the one finding whose check begins so."""
        return self.of(check)["state"]

    def failures(self) -> list[str]:
        """List what failed."""
        return [each["check"] for each in self.result["findings"] if each["state"] == "failed"]


def run_doctor(
    root: Path, *options: str, env: dict[str, str] | None = None, before: str = ""
) -> Examined:
    """Run it for a gateway with a remote scorer that nobody is at, unless the options say otherwise."""
    ended = subprocess.run(
        [
            *("bash", "-c", f'{before}exec "$@"', "bash"),
            *(sys.executable, "-m", "dynint", "doctor", "--json", "--release-root", str(root)),
            *([] if "--port" in options else ["--port", "0"]),
            *([] if "--scorer" in options else ["--scorer", f"grpc://127.0.0.1:{free_port()}"]),
            *options,
        ],
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
        env={**os.environ, **PATIENT, **(env or {})},
    )
    lines = ended.stdout.splitlines()
    assert lines, ended.stderr
    return Examined(ended.returncode, json.loads(lines[-1]), ended.stderr)


@pytest.fixture(scope="package")
def model_server(
    made_releases: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModelServer]:
    """A model server of releases of which version 1 is live, for all of these tests."""
    from tests.integration.conftest import copy_releases

    root = copy_releases(made_releases, tmp_path_factory.mktemp("served"))
    with ModelServer(root) as server:
        yield server
