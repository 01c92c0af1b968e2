"""The scripts that start the Redis Cluster's nodes and form it, on real servers."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from tests.integration.processes import wait_until
from tests.integration.redis_nodes import PASSWORD, SCRIPTS, Nodes

pytestmark = pytest.mark.slow


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
    with redis.RedisCluster(host=nodes.hosts[0], port=nodes.port, password=PASSWORD) as cluster:
        for key in range(100):
            cluster.set(f"k{key}", key)
        assert [int(cluster.get(f"k{key}")) for key in range(100)] == list(range(100))


def test_it_is_a_cache_behind_a_password(nodes: Nodes):
    with nodes.ask(0) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lfu"}
        assert client.config_get("maxmemory") == {"maxmemory": str(2**30)}
        assert client.config_get("save") == {"save": ""}
    with (
        redis.Redis(host=nodes.hosts[0], port=nodes.port) as stranger,
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
    nodes.stop(5)
    nodes.start(5)

    wait_until(nodes.in_order, 60)
    with nodes.ask(5) as client:
        assert client.execute_command("CLUSTER", "MYID") == before


def ids(nodes: Nodes) -> list[bytes]:
    found = []
    for place in range(6):
        with nodes.ask(place) as client:
            found.append(client.execute_command("CLUSTER", "MYID"))
    return found


def start_all_elsewhere(nodes: Nodes, net: int, **env: str) -> None:
    for place in range(6):
        nodes.stop(place)
    nodes.move(net)
    for place in range(6):
        nodes.start(place, **env)


def test_nodes_that_all_have_new_addresses_find_each_other(nodes: Nodes):
    wait_until(nodes.in_order, 60)
    before = ids(nodes)
    start_all_elsewhere(nodes, 2)
    wait_until(nodes.in_order, 90)
    assert ids(nodes) == before
    with redis.RedisCluster(host=nodes.hosts[3], port=nodes.port, password=PASSWORD) as cluster:
        for key in range(100):
            cluster.set(f"k{key}", key)
        assert [int(cluster.get(f"k{key}")) for key in range(100)] == list(range(100))
    assert any("at 127.0.2." in (nodes.folder / f"{n}" / "log").read_text() for n in range(6))


def test_formed_again_nodes_with_new_addresses_are_told_of_each_other(nodes: Nodes):
    before = ids(nodes)
    start_all_elsewhere(nodes, 3, NODES_FILE="/dev/null")  # nobody looks for the others
    done = nodes.form()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "there already" in done.stdout
    wait_until(nodes.in_order, 60)
    assert ids(nodes) == before


def test_who_looks_for_the_others_ends_with_its_node(nodes: Nodes):
    process = nodes.processes[0]

    def looking() -> bool:
        found = subprocess.run(
            ["ps", "-eo", "args"], capture_output=True, text=True, check=True
        ).stdout
        return f"meet.sh {process.pid}\n" in found

    assert looking()
    nodes.stop(0)
    wait_until(lambda: not looking(), 60)
    nodes.start(0)
    wait_until(nodes.in_order, 60)


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


def test_nodes_that_answer_and_serve_nothing_are_not_called_in_order(nodes: Nodes):
    """The last test: a master and its replica come back as servers that no Cluster has."""
    wait_until(nodes.in_order, 60)
    for place in range(6):  # nobody looks for the others
        nodes.stop(place)
        nodes.start(place, NODES_FILE="/dev/null")
    assert nodes.form().returncode == 0
    wait_until(nodes.in_order, 90)
    for place in nodes.kill_a_master_with_its_replica():
        nodes.start(place, "--cluster-enabled", "no")
    done = nodes.form(TRIES="15")  # handshakes with those two are given up after 5 s
    assert done.returncode == 1, done.stdout
    assert "in order" not in done.stdout
    assert "the nodes do not agree" in done.stderr
    assert "master,fail" in done.stderr
