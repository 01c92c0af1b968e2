"""Releases with canaries, and gateways of both kinds that serve them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.conftest import copy_releases
from tests.integration.processes import GatewayProcess, ModelServer, RedisServer

SETTINGS: dict[str, object] = {
    "model_name": "sums",
    "pointer_poll_ms": 20,
    "request_timeout_ms": 60_000,  # a busy machine is no reason for an error
    "canary_key_header": "X-User",
    "canary_min_requests": 20,
    # Ten times 20 ms are beyond what a busy machine adds, and half of what the slow one takes.
    "canary_max_latency_ratio": 10,
    "canary_latency_floor_ms": 20,
    "canary_max_score_shift": 0.5,
}


@pytest.fixture(scope="session")
def made_canaries(made_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with versions 1 to 6 of ``sums``; 3 is good, 4 to 6 are not."""
    root = copy_releases(made_releases, tmp_path_factory.mktemp("canaries") / "root")
    command = [sys.executable, "-W", "error", "-m", "tests.integration.canary.make_canaries"]
    subprocess.run([*command, str(root)], check=True, timeout=240, cwd=Path(__file__).parents[3])
    return root


@pytest.fixture(scope="module")
def root(made_canaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for one module, with version 1 live."""
    return copy_releases(made_canaries, tmp_path_factory.mktemp("canary") / "root")


@pytest.fixture(scope="module", params=["embedded", "remote"])
def gateway(request: pytest.FixtureRequest, root: Path) -> Iterator[GatewayProcess]:
    """A gateway process with a redis-server, and with a model server or none."""
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer())
        settings = {**SETTINGS, "redis_url": redis.url}
        if request.param == "remote":
            server = stack.enter_context(ModelServer(root, "sums"))
            settings["scorer"] = f"grpc://{server.target}"
        yield stack.enter_context(GatewayProcess(root, **settings))
