"""The second tier on a real Cluster of three nodes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import redis
from redis.crc import key_slot

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from service.tiers.redis_cluster import RedisCluster
from service.tiers.row_codec import RowCodec
from tests.integration.processes import LocalGateway, local_gateway, read_reference, wait_until
from tests.integration.redis_support import BOUNDS, RedisClusterOf3
from tests.integration.test_gateway_redis import check_scores, hits, known_keys, known_levels


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RedisClusterOf3]:
    with RedisClusterOf3(tmp_path) as running:
        yield running


def settings(cluster: RedisClusterOf3, root: Path, **others: object) -> Settings:
    values = {"redis_budget_ms": 500, "redis_breaker_cooldown_ms": 100, "l1_rows": 1, **others}
    return Settings(release_root=root, model_name="sums", redis_url=cluster.url, **values)


def is_all(found: int, known: int) -> bool:
    """Tell whether Redis had every known level; one may have been asked of the L1 that holds one row."""
    return known - 1 <= found <= known


def fill(cluster: RedisClusterOf3, root: Path, gateway: LocalGateway) -> None:
    hits_of_one_request(gateway, root)
    keys = known_keys(root)
    wait_until(lambda: all(cluster.has(key) for key in keys))


def hits_of_one_request(gateway: LocalGateway, root: Path, degraded: bool = False) -> int:
    def answered() -> float:
        return gateway.metric("dynint_requests_total", route="/predict", status="200")

    requests, before = answered(), hits(gateway, "redis")
    check_scores(gateway, root, degraded)
    wait_until(lambda: answered() > requests)  # counted after the answer is sent
    return int(hits(gateway, "redis") - before)


def test_a_cluster_is_filled_and_read(cluster: RedisClusterOf3, module_releases: Path):
    known = known_levels(module_releases)
    with local_gateway(settings(cluster, module_releases), SumScorer()) as gateway:
        fill(cluster, module_releases, gateway)
        assert all(cluster.client(place).dbsize() > known / 6 for place in range(3))
        assert is_all(hits_of_one_request(gateway, module_releases), known)
        for place in range(3):
            assert cluster.client(place).info("stats")["total_connections_received"] < 12


def test_keys_go_to_the_slots_that_redis_gives_them():
    keys = RowCodec("ab" * 32, 2).keys(np.random.default_rng(0).integers(0, 2**63, 99, np.uint64))
    cluster = RedisCluster([], lambda _: pytest.fail("no node is needed"))
    cluster._slots = list(range(16384))  # type: ignore[assignment]  # so that a slot names itself
    for slot, places in cluster.split(keys):
        assert {key_slot(keys[place]) for place in places} == {slot}


def test_moved_slots_are_followed_and_learned(cluster: RedisClusterOf3, module_releases: Path):
    known = known_levels(module_releases)
    with local_gateway(settings(cluster, module_releases), SumScorer()) as gateway:
        fill(cluster, module_releases, gateway)
        first, second = cluster.client(0), cluster.client(1)
        ids = cluster.ids()
        for slot in range(40):  # each slot, its keys with it, from the first node to the second
            second.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
            first.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
        moving = [
            key
            for slot in range(40)
            for key in first.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 1000)
        ]
        for key in moving:
            first.migrate("127.0.0.1", cluster.nodes[1].port, key, 0, 5000)
        assert is_all(hits_of_one_request(gateway, module_releases), known)  # by ASK
        for node in (second, first, cluster.client(2)):
            for slot in range(40):
                node.execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[1])
        assert is_all(hits_of_one_request(gateway, module_releases), known)  # by MOVED
        wait_until(lambda: not moves_of_one_request(gateway, module_releases, first))


def moves_of_one_request(gateway: LocalGateway, root: Path, node: redis.Redis) -> int:
    """Count the redirections of one more request."""

    def count() -> int:
        return node.info("errorstats").get("errorstat_MOVED", {"count": 0})["count"]

    before = count()
    check_scores(gateway, root, degraded=False)
    return count() - before


def test_a_node_that_fails_costs_its_slots_and_no_others(
    cluster: RedisClusterOf3, module_releases: Path
):
    known = known_levels(module_releases)
    rows, _ = read_reference(module_releases)
    chosen = settings(cluster, module_releases, redis_breaker_failures=3)
    with local_gateway(chosen, SumScorer()) as gateway:
        fill(cluster, module_releases, gateway)
        lost = sum(
            cluster.client(2).exists(key)
            for key in known_keys(module_releases)
            if key_slot(key) >= BOUNDS[2]
        )
        cluster.nodes[2].stop()
        for _ in range(5):
            found = hits_of_one_request(gateway, module_releases, degraded=True)
            assert is_all(found, known - lost)
        assert gateway.metric("dynint_degraded_total", reason="redis_open") >= 1
        assert gateway.client.get("/healthz").json()["redis"] == "in use"
        assert gateway.is_ready()
        cluster.nodes[2].start()
        wait_until(lambda: not gateway.predict(rows)["degraded"])
        wait_until(lambda: is_all(hits_of_one_request(gateway, module_releases), known))


def test_a_cluster_that_is_not_there_is_no_reason_not_to_start(
    tmp_path: Path, module_releases: Path
):
    absent = RedisClusterOf3(tmp_path)
    with local_gateway(settings(absent, module_releases), SumScorer()) as gateway:
        check_scores(gateway, module_releases, degraded=True)
        with absent:
            wait_until(lambda: not gateway.predict([{"C4": "level1"}])["degraded"])
            check_scores(gateway, module_releases, degraded=False)
