"""Releases to serve."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from model.bundle import Pointer, write_pointer
from tests.integration.deployed import DeployedGateway, Surroundings, surroundings
from tests.integration.processes import LocalGateway, RedisServer
from tests.integration.raw_http import RawConnection


@pytest.fixture(scope="session")
def made_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release root with two versions of ``dynint`` and of ``sums``, none of them live."""
    root = tmp_path_factory.mktemp("made")
    command = [sys.executable, "-W", "error", "-m", "tests.integration.make_releases", str(root)]
    subprocess.run(command, check=True, timeout=240, cwd=Path(__file__).parents[2])
    return root


@pytest.fixture(scope="module")
def module_releases(made_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the releases for one module, with version 1 live."""
    return copy_releases(made_releases, tmp_path_factory.mktemp("releases"))


@pytest.fixture
def releases(made_releases: Path, tmp_path: Path) -> Path:
    """A copy of the releases for one test, with version 1 live."""
    return copy_releases(made_releases, tmp_path / "releases")


def copy_releases(made: Path, root: Path) -> Path:
    """Copy the releases and make version 1 of each model live."""
    shutil.copytree(made, root, dirs_exist_ok=True)
    for name in ("dynint", "sums"):
        write_pointer(root / name, Pointer("1"))
    return root


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """A redis-server for one module."""
    with RedisServer() as running:
        yield running


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the module's redis-server, which is empty and as it was started."""
    with redis.Redis.from_url(server.url) as connected:
        connected.execute_command("REPLICAOF", "NO", "ONE")
        connected.config_set("maxmemory", 0)
        connected.config_set("maxmemory-policy", "noeviction")
        connected.flushall()
        connected.config_resetstat()
        yield connected


@pytest.fixture
def connection(gateway: LocalGateway) -> Iterator[RawConnection]:
    """A connection to the gateway of the module."""
    with RawConnection(gateway.url) as connected:
        yield connected


@pytest.fixture
def make_live() -> Callable[[Path, str, str], None]:
    """Point at a version, without the checks of ``dynint promote``."""

    def point(root: Path, name: str, version: str) -> None:
        write_pointer(root / name, Pointer(version, "1" if version != "1" else "2"))

    return point


@pytest.fixture(scope="module")
def around(module_releases: Path) -> Iterator[Surroundings]:
    """What the image's configuration expects beside it, for one module."""
    with surroundings(module_releases) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(around: Surroundings) -> Iterator[DeployedGateway]:
    """A gateway as the image runs it, for one module."""
    with around.gateway() as running:
        yield running
