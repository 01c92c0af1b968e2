"""What Redis can do to a gateway: each fault on purpose, behind a proxy or in redis-server itself.

Whatever happens, scores are those of a gateway without Redis, no answer is late, nothing is left
behind, and the gateway uses Redis again within seconds of the fault's end.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import redis

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import (
    LocalGateway,
    RedisServer,
    local_gateway,
    read_reference,
    wait_until,
)
from tests.integration.test_gateway_redis import known_levels
from tests.integration.toxic_proxy import ToxicProxy
from tests.integration.toxics import BitFlip, LimitData, ResetPeer, Slicer, Timeout

RECOVERY_S = 5.0


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url) as connected:
        connected.execute_command("REPLICAOF", "NO", "ONE")
        connected.config_set("maxmemory", 0)
        connected.config_set("maxmemory-policy", "noeviction")
        connected.flushall()
        connected.config_resetstat()
        yield connected


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[ToxicProxy]:
    with ToxicProxy(f"127.0.0.1:{server.port}") as running:
        yield running


@pytest.fixture(scope="module")
def truth(module_releases: Path) -> dict[str, list[float]]:
    """The scores of each version by a gateway that knows no Redis."""
    scores = {}
    settings = Settings(release_root=module_releases, model_name="sums", l1_rows=1)
    rows, reference = read_reference(module_releases)
    with local_gateway(settings, SumScorer()) as gateway:
        scores["1"] = gateway.predict(rows)["probabilities"]
    np.testing.assert_allclose(scores["1"], reference["sums"]["1"], atol=1e-6)
    return scores


class Watched:
    """A gateway whose every answer is checked.

    Args:
        gateway: it.
        rows: what it is asked.
        truth: its scores, to the bit.
    """

    def __init__(self, gateway: LocalGateway, rows: list[Any], truth: list[float]) -> None:
        self.gateway = gateway
        self.rows = rows
        self._truth = truth

    def ask(self) -> httpx.Response:
        """Ask, and check everything that must always hold."""
        response = self.gateway.client.post("/predict", json={"instances": self.rows})
        assert response.status_code == 200, response.text
        assert response.json()["probabilities"] == self._truth
        assert response.elapsed.total_seconds() < 1.0  # the deadline
        return response

    def is_degraded(self) -> bool:
        """Ask, and tell whether a tier failed."""
        return bool(self.ask().json()["degraded"])

    def redis_ms(self) -> float:
        """Ask, and tell how long Redis was waited for, in milliseconds."""
        stages = self.ask().headers["server-timing"].split(", ")
        (spent,) = [stage for stage in stages if stage.startswith("redis;")]
        return float(spent.partition("dur=")[2])

    def redis_state(self) -> str:
        """Ask /healthz."""
        return str(self.gateway.client.get("/healthz").json()["redis"])

    def recovers(self) -> None:
        """Wait until Redis is used again."""
        wait_until(lambda: not self.is_degraded(), RECOVERY_S)
        assert self.redis_state() == "in use"

    def tasks(self) -> int:
        """Count the tasks of its event loop."""
        cache = self.gateway.app.components.cache
        assert cache is not None
        assert cache._writer._task is not None
        return len(asyncio.all_tasks(cache._writer._task.get_loop()))

    def hits(self) -> float:
        """Count the levels that Redis had."""
        return self.gateway.metric("dynint_tier_hits_total", tier="redis", model_version="1")


@pytest.fixture
def watch(
    module_releases: Path, truth: dict[str, list[float]], proxy: ToxicProxy, client: redis.Redis
) -> Callable[..., Any]:
    """Start a gateway whose Redis is behind the proxy and full; in the end nothing is left behind."""

    @contextmanager
    def watching(fill: bool = True, **settings: object) -> Iterator[Watched]:
        values = {"l1_rows": 1, "redis_breaker_failures": 3, "redis_breaker_cooldown_ms": 100}
        chosen = Settings(
            release_root=module_releases,
            model_name="sums",
            redis_url=f"redis://{proxy.target}",
            **{**values, **settings},
        )
        rows, _ = read_reference(module_releases)
        before = open_sockets()
        with local_gateway(chosen, SumScorer()) as gateway:
            watched = Watched(gateway, rows, truth["1"])
            if fill:
                full = known_levels(module_releases)

                def filled() -> bool:
                    watched.ask()
                    return client.dbsize() >= full

                wait_until(filled)
                watched.recovers()
            tasks = watched.tasks()
            yield watched
            wait_until(lambda: watched.tasks() <= tasks + 2)  # not more with time
        wait_until(lambda: not proxy.connections)
        wait_until(lambda: open_sockets() <= before)
        wait_until(lambda: len(client.client_list()) == 1)  # ours

    return watching


def open_sockets() -> int:
    """Count this process' sockets; the bundle's mapped files go when the collector comes by."""
    count = 0
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 (names alone)
        with suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")  # noqa: PTH115
    return count


def test_1_refused_connections(watch: Callable[..., Any], proxy: ToxicProxy):
    with watch() as watched:
        with proxy.down():
            wait_until(lambda: watched.is_degraded() and watched.redis_state() == "left alone")
            assert watched.gateway.is_ready()
            assert watched.redis_ms() < 20
        watched.recovers()


def test_2_a_hang_costs_the_budget_until_the_breaker_opens(
    watch: Callable[..., Any], proxy: ToxicProxy
):
    with watch() as watched:
        with proxy.toxic(Timeout(), "downstream"):
            spent = []
            while watched.redis_state() == "in use":
                spent.append(watched.redis_ms())
            assert len(spent) <= 3
            assert 15 < min(spent) < 45  # the budget is 20, and the machine may be busy
            assert watched.redis_ms() < 20
            assert watched.gateway.is_ready()
            assert watched.gateway.metric("dynint_degraded_total", reason="redis_timeout") >= 2
        watched.recovers()


def test_3_a_slow_redis_gives_what_it_can_and_keeps_its_connections(
    watch: Callable[..., Any], proxy: ToxicProxy, client: redis.Redis
):
    with watch() as watched:
        with proxy.toxic(Slicer(3_000, 3.0), "downstream"):
            made, before, known = proxy.accepted, watched.hits(), client.dbsize()
            with ThreadPoolExecutor(4) as pool:
                degraded = list(pool.map(lambda _: watched.is_degraded(), range(40)))
            assert watched.hits() - before > known  # of some requests some rows, at least
            assert any(degraded)
            assert watched.gateway.metric("dynint_degraded_total", reason="redis_late") >= 1
            assert proxy.accepted - made <= 4  # as many as the gateway may have
        watched.recovers()


@pytest.mark.parametrize("cut", [ResetPeer(5), LimitData(2_000)], ids=["reset", "end"])
def test_4_a_connection_that_ends_in_mid_reply(
    watch: Callable[..., Any], proxy: ToxicProxy, cut: ResetPeer | LimitData
):
    with watch(redis_breaker_failures=1000) as watched:
        made = proxy.accepted
        with proxy.toxic(cut, "downstream"):
            wait_until(lambda: watched.is_degraded())
            for _ in range(20):
                watched.ask()
            assert watched.gateway.metric(
                "dynint_redis_errors_total", operation="read", reason="error"
            )
            assert proxy.accepted - made <= 25  # each 100 ms, not each request
        watched.recovers()


def test_4_callers_that_go_away(watch: Callable[..., Any], proxy: ToxicProxy):
    with watch(redis_budget_ms=200) as watched:
        with proxy.toxic(Slicer(3_000, 2.0), "downstream"):
            with ThreadPoolExecutor(8) as pool:

                def leave(_: int) -> None:
                    with pytest.raises(httpx.TimeoutException):
                        httpx.post(
                            f"{watched.gateway.url}/predict",
                            json={"instances": watched.rows},
                            timeout=httpx.Timeout(5, read=0.005),
                        )

                list(pool.map(leave, range(40)))
            watched.ask()
        watched.recovers()


def test_5_flipped_bits(watch: Callable[..., Any], proxy: ToxicProxy):
    with watch(redis_breaker_failures=1000) as watched:
        with proxy.toxic(BitFlip(997), "downstream"):
            for _ in range(30):
                watched.ask()

            def count(name: str) -> float:
                return sum(
                    sample.value
                    for family in watched.gateway.app.components.metrics.registry.collect()
                    for sample in family.samples
                    if sample.name == name
                )

            rejected = count("dynint_redis_rejected_rows_total")
            assert rejected + count("dynint_redis_errors_total") > 5
        watched.recovers()


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
            return promoted.dbsize() >= known

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
            stats = client.info("stats")
            levels = {
                (field, str(type(value)), value) for row in rows for field, value in row.items()
            }
            fetched = stats["keyspace_hits"] + stats["keyspace_misses"]
            # Once each, and the golden batch's before.
            assert 100 < fetched <= 2 * (len(levels) + 2 * len(rows[0]))


def test_large_cold_requests_leave_redis_in_use(watch: Callable[..., Any]):
    with watch(fill=False, redis_max_keys=100_000) as watched:
        random = np.random.default_rng(0)
        for _ in range(3):
            numbers = random.integers(0, 10**9, (3_000, 9))
            rows = [
                {f"C{4 + place}": str(each) for place, each in enumerate(row[3:])}
                for row in numbers
            ]
            for _ in range(2):
                answer = watched.gateway.predict(rows)
                assert not answer["degraded"]
            assert not watched.is_degraded()
        assert watched.redis_state() == "in use"
        errors = [
            watched.gateway.metric("dynint_redis_errors_total", operation=operation, reason=reason)
            for operation in ("read", "write")
            for reason in ("timeout", "late", "error", "open")
        ]
        assert not any(errors)
