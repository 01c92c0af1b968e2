"""A Redis Cluster as deploy/kubernetes makes it, whole and with a third of its slots lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.doctor.case import Case
from service.doctor.finding import Finding
from service.doctor.redis_checks import check_redis
from service.settings import Settings
from tests.integration.doctor.conftest import run_doctor
from tests.integration.processes import wait_until
from tests.integration.redis_nodes import PASSWORD, Nodes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    made = Nodes(tmp_path_factory.mktemp("nodes"))
    try:
        for place in range(6):
            made.start(place)
        done = made.form()
        assert done.returncode == 0, done.stdout + done.stderr
        wait_until(made.in_order, 60)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def lost(nodes: Nodes) -> tuple[int, int]:
    """Places of the master and the replica that are gone; every test after the first needs them."""
    return nodes.kill_a_master_with_its_replica()


def url(nodes: Nodes, places: list[int]) -> str:
    return "redis+cluster://" + ",".join(f"{nodes.hosts[place]}:{nodes.port}" for place in places)


def examine(nodes: Nodes, places: list[int]) -> list[Finding]:
    settings = Settings(
        redis_url=url(nodes, places),
        redis_password=PASSWORD,
        redis_budget_ms=900,
        scorer="grpc://h:1",
    )
    return list(check_redis(Case(settings, {})))


def test_a_whole_one_is_well(nodes: Nodes):
    found = examine(nodes, list(range(6)))
    assert {each.state for each in found if "policy" not in each.check} == {"ok"}, found
    told = [each.found for each in clusters(found)]
    assert told == ["state ok, 16384 of 16384 slots, 3 masters"] * 6


def clusters(found: list[Finding]) -> list[Finding]:
    return [each for each in found if each.check.startswith("redis cluster")]


def test_one_that_lost_a_master_and_its_replica_is_not_well_whoever_is_asked(
    nodes: Nodes, lost: tuple[int, int]
):
    left = [place for place in range(6) if place not in lost]
    master = f"{nodes.hosts[lost[0]]}:{nodes.port}"
    replica = f"{nodes.hosts[lost[1]]}:{nodes.port}"
    findings = clusters(examine(nodes, left))
    assert len(findings) == 4
    for finding in findings:
        assert finding.state == "failed"
        assert finding.figures["slots_lost"] in {5461, 5462}
        assert f"nobody serves {finding.figures['slots_lost']} of 16384 slots" in finding.found
        assert master in finding.found
        assert replica not in finding.found
        assert f"Start {master} or a replica of it" in finding.do


def test_the_command_fails_and_blames_nobody_who_is_well(
    releases: Path, nodes: Nodes, lost: tuple[int, int]
):
    left = [place for place in range(6) if place not in lost]
    address = ("--redis-url", url(nodes, left))
    examined = run_doctor(releases, *address, env={"DYNINT_REDIS_PASSWORD": PASSWORD})
    assert examined.code == 1
    failed = [each for each in examined.failures() if each.startswith("redis")]
    assert [each for each in failed if each.startswith("redis cluster")] == [
        f"redis cluster {nodes.hosts[place]}:{nodes.port}" for place in left
    ]
    assert not [each for each in failed if not each.startswith(("redis cluster", "redis row"))]


def test_a_row_of_a_slot_that_is_lost_blames_the_node_that_does_not_answer(
    nodes: Nodes, lost: tuple[int, int]
):
    """The key is another one each time: one in three belongs to the lost node."""
    left = [place for place in range(6) if place not in lost]
    gone = f"{nodes.hosts[lost[0]]}:{nodes.port}"
    for _ in range(30):
        found = examine(nodes, left)
        assert [each for each in found if each.check.startswith("redis 127")]
        for each in found:
            assert not each.check.startswith("redis 127") or each.state == "ok", each
        blaming = [each for each in found if each.check.startswith("redis row")]
        failed = [each for each in blaming if each.state == "failed"]
        if failed:
            assert f"{gone}, where the Cluster says it belongs" in failed[0].found
            return
    pytest.fail("in 120 rows none belonged to the lost third")


def test_what_it_advises_when_none_comes_back_mends_it(nodes: Nodes, lost: tuple[int, int]):
    left = [place for place in range(6) if place not in lost]
    words = clusters(examine(nodes, left[:1]))[0].do.split()
    begin = words.index("redis-cli")
    command = words[begin : words.index("gives")]
    done = subprocess.run(
        command,
        input="yes\n" * 3,
        env={**os.environ, "REDISCLI_AUTH": PASSWORD},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Covering slot" in done.stdout, done.stdout + done.stderr

    def all_are_well() -> bool:  # the others learn of it one after another
        return {each.state for each in clusters(examine(nodes, left))} == {"ok"}

    wait_until(all_are_well, 60)
