"""The gateway as its image runs it: ``dynint serve`` with the settings of ``deploy/gateway.env``.

Only where things are differs: ports, the release root, Redis and the model server.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.settings import Settings
from tests.integration.processes import ModelServer, Process, RedisServer
from tests.integration.raw_http import RawConnection

ENV_FILE = Path(__file__).parents[2] / "deploy" / "gateway.env"
ADDRESSES = frozenset({"PORT", "RELEASE_ROOT", "MODEL_NAME", "SCORER", "REDIS_URL"})
"""What is elsewhere in a test than in a container."""

_WITH_FILES = (
    "import os, resource, sys;"
    "resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2);"
    "os.execv(sys.executable, [sys.executable, '-m', 'dynint', 'serve'])"
)


def read_env() -> dict[str, str]:
    """Read the file as Docker does: a name, ``=``, and the rest of the line as it is."""
    lines = ENV_FILE.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


class DeployedGateway(Process):
    """``dynint serve`` as the image runs it.

    Args:
        files: most files that it may have open; as many as the tests by default.
        changed: settings that are others here, in capitals; ``ADDRESSES``, but for a test of one.
    """

    def __init__(self, changed: dict[str, str], files: int | None = None) -> None:
        settings = {f"DYNINT_{name.upper()}" for name in Settings.model_fields}
        assert not settings & set(os.environ), "the tests' own environment must set nothing"
        env = read_env() | {f"DYNINT_{name}": value for name, value in changed.items()}
        command = ["-m", "dynint", "serve"] if files is None else ["-c", _WITH_FILES, str(files)]
        super().__init__(command, "^ready: ", env)
        address = self.wait_for(r"^starting on 0\.0\.0\.0:(\d+)")
        self.url = f"http://127.0.0.1:{address[1]}"

    def memory_mib(self, name: str = "VmRSS") -> float:
        """Read what of it is in memory, or with ``VmHWM`` the most that ever was."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (line,) = [each for each in lines if each.startswith(name)]
        return int(line.split()[1]) / 1024

    def open_files(self) -> int:
        """Count its open files."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def connect(self, seconds: float = 20.0) -> RawConnection:
        """Open a connection."""
        return RawConnection(self.url, seconds)

    def failures(self) -> list[str]:
        """List the lines of its log that tell of a bug: tracebacks, errors, answers with 500."""
        signs = ("Traceback", '"level":"error"', '"status":500')
        return [line for line in list(self.lines) if any(sign in line for sign in signs)]

    def answers_with(self, first: str) -> float:
        """Count its answers whose status begins so."""
        text = httpx.get(f"{self.url}/metrics", timeout=20).text
        return sum(
            float(line.split()[-1])
            for line in text.splitlines()
            if line.startswith("dynint_requests_total{") and f'status="{first}' in line
        )


@dataclass(frozen=True)
class Surroundings:
    """What a gateway needs: releases, a model server that serves them, Redis."""

    releases: Path
    scorer: str
    redis_url: str

    def gateway(self, files: int | None = None, **changed: str) -> DeployedGateway:
        """Start a gateway."""
        addresses = {
            "PORT": "0",
            "RELEASE_ROOT": str(self.releases),
            "SCORER": self.scorer,
            "REDIS_URL": self.redis_url,
        }
        return DeployedGateway(addresses | changed, files)


@contextmanager
def surroundings(releases: Path) -> Iterator[Surroundings]:
    """Start a real redis-server and a real model server."""
    with RedisServer() as redis, ModelServer(releases) as scorer:
        yield Surroundings(releases, f"grpc://{scorer.target}", redis.url)
