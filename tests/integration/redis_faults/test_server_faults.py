"""What Redis itself can do to a gateway: each fault on purpose, in a real redis-server.

Whatever happens, scores are those of a gateway without Redis, no answer is late, nothing is left
behind, and the gateway uses Redis again within seconds of the fault's end.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import redis

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import RedisServer, local_gateway, read_reference, wait_until
from tests.integration.redis_faults.watched_gateway import RECOVERY_S
from tests.integration.test_gateway_redis import known_levels
from tests.integration.toxic_proxy import ToxicProxy
from tests.integration.toxics import Slicer


def test_7_eviction_is_a_miss_and_the_refill_is_bounded(
    watch: Callable[..., Any], client: redis.Redis, module_releases: Path
):
    known = known_levels(module_releases)
    with watch(redis_budget_ms=300) as watched:
        client.config_set("maxmemory-policy", "allkeys-lfu")
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 1_000_000)
        for place in range(2_000):
            client.set(f"filler:{place}", b"x" * 1_000)
        assert client.info("stats")["evicted_keys"] > 100
        written = watched.gateway.metric("dynint_redis_written_rows_total")
        for _ in range(20):
            assert not watched.is_degraded()
        assert watched.gateway.metric("dynint_redis_written_rows_total") - written <= 20 * known


def test_8_without_memory_reads_go_on(watch: Callable[..., Any], client: redis.Redis):
    with watch(redis_budget_ms=300) as watched:
        for key in list(client.scan_iter(count=1000))[::2]:
            client.delete(key)
        client.config_set("maxmemory", 1)
        before = watched.hits()
        for _ in range(20):
            assert not watched.is_degraded()
        assert watched.hits() - before > 20 * 100
        wait_until(
            lambda: (
                watched.gateway.metric(
                    "dynint_redis_errors_total", operation="write", reason="refused"
                )
                >= 5
            )
        )
        assert watched.redis_state() == "in use"


def test_9_a_failover_loses_rows_and_nothing_else(
    watch: Callable[..., Any], proxy: ToxicProxy, client: redis.Redis, module_releases: Path
):
    known = known_levels(module_releases)
    with (
        RedisServer() as other,
        redis.Redis.from_url(other.url) as promoted,
    ):
        assert promoted.dbsize() == 0
        fail_over(watch, proxy, client, promoted, other, known)


def fail_over(
    watch: Callable[..., Any],
    proxy: ToxicProxy,
    client: redis.Redis,
    promoted: redis.Redis,
    other: RedisServer,
    known: int,
) -> None:
    with watch(redis_budget_ms=300) as watched:
        client.flushall()
        client.execute_command("REPLICAOF", "127.0.0.1", other.port)
        wait_until(lambda: client.info("replication")["master_link_status"] == "up")
        old, proxy.upstream = proxy.upstream, ("127.0.0.1", other.port)

        def refilled() -> bool:  # the old master refuses writes; then its name leads to the new one
            assert not watched.is_degraded()
            return promoted.dbsize() >= known - 1  # one may be in the L1 that holds one row

        wait_until(refilled, RECOVERY_S)
        assert watched.gateway.metric(
            "dynint_redis_errors_total", operation="write", reason="refused"
        )
        proxy.upstream = old
        client.execute_command("REPLICAOF", "NO", "ONE")


def test_10_a_stampede_on_a_version_flip_fetches_each_key_once(
    server: RedisServer,
    client: redis.Redis,
    releases: Path,
    make_live: Callable[[Path, str, str], None],
):
    rows, reference = read_reference(releases)
    with ToxicProxy(f"127.0.0.1:{server.port}") as proxy:
        settings = Settings(
            release_root=releases,
            model_name="sums",
            redis_url=f"redis://{proxy.target}",
            redis_budget_ms=500,
            pointer_poll_ms=10,
        )
        with local_gateway(settings, SumScorer()) as gateway, ThreadPoolExecutor(16) as pool:
            gateway.predict(rows)
            client.config_resetstat()
            with proxy.toxic(Slicer(10_000, 2.0), "downstream"):
                make_live(releases, "sums", "2")

                def ask(_: int) -> str:
                    answer = gateway.predict(rows)
                    wanted = reference["sums"][answer["version"]]
                    np.testing.assert_allclose(answer["probabilities"], wanted, atol=1e-6)
                    assert not answer["degraded"]
                    return str(answer["version"])

                versions: set[str] = set()
                while "2" not in versions:
                    versions |= set(pool.map(ask, range(64)))
            # Nobody had to wait for Redis: all was there when the version went live.
            assert gateway.metric("dynint_tier_misses_total", tier="l1", model_version="2") == 0
            stats = client.info("stats")
            levels = {
                (field, str(type(value)), value) for row in rows for field, value in row.items()
            }
            fetched = stats["keyspace_hits"] + stats["keyspace_misses"]
            # Once each, and the golden batch's before.
            assert 100 < fetched <= 2 * (len(levels) + 2 * len(rows[0]))
