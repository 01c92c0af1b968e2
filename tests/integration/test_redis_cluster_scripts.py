"""The scripts that start the Redis Cluster's nodes and form it, on real servers."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from tests.integration.processes import free_port, wait_until

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parents[2] / "deploy" / "kubernetes" / "base" / "redis"
PASSWORD = "a-Password_of.letters~1"  # noqa: S105 (of the test itself)


class Nodes:
    """Six nodes as the StatefulSet starts them, but for their ports and folders."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("redis-cli") or not shutil.which("redis-server"):
            pytest.skip("no redis-cli: install Redis' own tools")
        self.folder = folder
        self.secret = folder / "password"
        self.secret.write_text(PASSWORD + "\n")
        self.ports = [free_port() for _ in range(6)]
        self.buses = [free_port() for _ in range(6)]
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def env(self) -> dict[str, str]:
        nodes = " ".join(f"127.0.0.1:{port}" for port in self.ports)
        given = {"PASSWORD_FILE": str(self.secret), "POD_IP": "127.0.0.1", "NODES": nodes}
        return {**os.environ, **given, "CONFIG": str(SCRIPTS / "redis.conf")}

    def start(self, place: int) -> None:
        data = self.folder / str(place)
        data.mkdir(exist_ok=True)
        options = ["--port", str(self.ports[place]), "--cluster-port", str(self.buses[place])]
        with (data / "log").open("ab") as log:
            self.processes[place] = subprocess.Popen(
                ["sh", str(SCRIPTS / "start.sh"), *options],
                env={**self.env(), "DATA": str(data)},
                stdout=log,
                stderr=log,
            )

    def form(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(SCRIPTS / "form.sh")],
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, place: int) -> redis.Redis:
        return redis.Redis(port=self.ports[place], password=PASSWORD)

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with ExitStack() as stack:
        made = Nodes(tmp_path_factory.mktemp("nodes"))
        stack.callback(made.close)
        for place in range(6):
            made.start(place)
        done = made.form()
        assert done.returncode == 0, done.stdout + done.stderr
        yield made


def test_three_masters_have_all_slots_and_a_replica_each(nodes: Nodes):
    with nodes.ask(0) as client:
        found = client.execute_command("CLUSTER", "NODES").decode().splitlines()
        assert b"cluster_slots_ok:16384" in client.execute_command("CLUSTER", "INFO")
    lines = [line.split() for line in found]
    masters = {line[0] for line in lines if "master" in line[2]}
    assert len(masters) == 3
    assert {line[3] for line in lines if "slave" in line[2]} == masters
    with redis.RedisCluster(host="127.0.0.1", port=nodes.ports[0], password=PASSWORD) as cluster:
        for key in range(100):
            cluster.set(f"k{key}", key)
        assert [int(cluster.get(f"k{key}")) for key in range(100)] == list(range(100))


def test_it_is_a_cache_behind_a_password(nodes: Nodes):
    with nodes.ask(0) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lfu"}
        assert client.config_get("maxmemory") == {"maxmemory": str(2**30)}
        assert client.config_get("save") == {"save": ""}
    with (
        redis.Redis(port=nodes.ports[0]) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.get("k1")


def test_the_password_is_in_no_argument(nodes: Nodes):
    for process in nodes.processes.values():
        assert PASSWORD.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()


def test_formed_again_it_stays_as_it_is(nodes: Nodes):
    with nodes.ask(0) as client:
        before = client.execute_command("CLUSTER", "MYID")
        done = nodes.form()
        assert done.returncode == 0, done.stderr
        assert "there already" in done.stdout
        assert client.execute_command("CLUSTER", "MYID") == before


def test_a_node_that_comes_back_is_the_one_that_it_was(nodes: Nodes):
    with nodes.ask(5) as client:
        before = client.execute_command("CLUSTER", "MYID")
    nodes.processes[5].send_signal(signal.SIGTERM)
    nodes.processes[5].wait(20)
    nodes.start(5)

    def back() -> bool:
        try:
            with nodes.ask(5) as client:
                in_order = b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO")
                return in_order and client.execute_command("CLUSTER", "MYID") == before
        except redis.RedisError:
            return False

    wait_until(back, 60)


def test_a_password_that_would_be_read_as_configuration_is_refused(tmp_path: Path, nodes: Nodes):
    bad = tmp_path / "password"
    bad.write_text("a b\nmaxmemory 0")
    done = subprocess.run(
        ["sh", str(SCRIPTS / "start.sh")],
        env={**nodes.env(), "PASSWORD_FILE": str(bad)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "must be letters" in done.stderr
