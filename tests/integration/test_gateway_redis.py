"""The second tier, against a real redis-server and against ports that do not behave."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
import redis

from model.bundle import UNSEEN, Bundle
from model.features import Encoder
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from service.tiers.row_codec import RowCodec
from tests.integration.processes import (
    LocalGateway,
    RedisServer,
    free_port,
    local_gateway,
    read_reference,
    wait_until,
)

Start = Callable[..., AbstractContextManager[LocalGateway]]


@pytest.fixture
def start(module_releases: Path) -> Start:
    """Start a gateway with an empty L1."""

    def starting(url: str, **settings: object) -> AbstractContextManager[LocalGateway]:
        values = {"redis_budget_ms": 500, "redis_breaker_cooldown_ms": 100, **settings}
        chosen = Settings(release_root=module_releases, model_name="sums", redis_url=url, **values)
        return local_gateway(chosen, SumScorer())

    return starting


def hits(gateway: LocalGateway, tier: str) -> float:
    return gateway.metric("dynint_tier_hits_total", tier=tier, model_version="1")


def check_scores(gateway: LocalGateway, root: Path, degraded: bool, version: str = "1") -> None:
    rows, probabilities = read_reference(root)
    answer = gateway.predict(rows)
    np.testing.assert_allclose(answer["probabilities"], probabilities["sums"][version], atol=1e-6)
    assert answer["degraded"] is degraded


def known_keys(root: Path) -> list[bytes]:
    """List the keys of the reference's distinct levels that are in the vocabulary."""
    bundle = Bundle.open(root / "sums" / "1")
    marks = Encoder(bundle.spec).fingerprint_rows(read_reference(root)[0])
    distinct = np.unique(marks)
    _, states = bundle.table.lookup(distinct, np.zeros(len(distinct), np.intp))
    codec = RowCodec(bundle.manifest_digest, bundle.table.width)
    return codec.keys(distinct[states != UNSEEN])


def known_levels(root: Path) -> int:
    """Count the distinct levels of the reference's rows that are in the vocabulary."""
    return len(known_keys(root))


def fill(start: Start, server: RedisServer, client: redis.Redis, root: Path) -> None:
    """Let a gateway write every known level of the reference's rows."""
    with start(server.url) as gateway:
        check_scores(gateway, root, degraded=False)
        wait_until(lambda: client.dbsize() >= known_levels(root))


def test_what_one_gateway_writes_another_reads(
    start: Start, server: RedisServer, client: redis.Redis, module_releases: Path
):
    fill(start, server, client, module_releases)
    for key in client.scan_iter(count=1000):
        assert key.startswith(b"dynint:")
        assert 0 < client.ttl(key) <= 86_400
    with start(server.url) as gateway:
        check_scores(gateway, module_releases, degraded=False)
        assert hits(gateway, "redis") > 100
        assert hits(gateway, "table") == 0


def test_redis_that_refuses_connections_degrades_until_it_comes_back(
    start: Start, module_releases: Path
):
    server = RedisServer()
    with start(server.url, redis_breaker_failures=4, l1_rows=1) as gateway:
        for _ in range(4):
            check_scores(gateway, module_releases, degraded=True)
        assert gateway.is_ready()
        assert gateway.client.get("/healthz").json()["redis"] == "left alone"
        assert gateway.metric("dynint_degraded_total", reason="redis_error") >= 1
        assert gateway.metric("dynint_degraded_total", reason="redis_open") >= 1
        assert gateway.metric("dynint_redis_errors_total", operation="read", reason="error") >= 1
        assert gateway.metric("dynint_absences_total", kind="unavailable", model_version="1")
        with server:
            wait_until(lambda: gateway.client.get("/healthz").json()["redis"] == "in use")
            check_scores(gateway, module_releases, degraded=False)


def test_redis_that_hangs_costs_its_budget_and_then_nothing(start: Start, module_releases: Path):
    with socket.create_server(("127.0.0.1", 0), backlog=64) as blackhole:
        url = f"redis://127.0.0.1:{blackhole.getsockname()[1]}"
        with start(url, redis_budget_ms=20, redis_breaker_failures=3, l1_rows=1) as gateway:
            for _ in range(5):
                check_scores(gateway, module_releases, degraded=True)
            assert gateway.is_ready()
            spent = gateway.metric("dynint_stage_seconds_sum", stage="redis", model_version="1")
            assert 0.02 < spent < 1.0  # of five requests, and the golden batch was one of three
            assert gateway.metric("dynint_degraded_total", reason="redis_timeout") >= 1
            assert gateway.metric("dynint_degraded_total", reason="redis_open") >= 2


def test_redis_that_is_killed_in_between_is_a_miss(start: Start, module_releases: Path):
    with RedisServer() as server, start(server.url, l1_rows=1) as gateway:
        check_scores(gateway, module_releases, degraded=False)
        server.stop()
        check_scores(gateway, module_releases, degraded=True)
        server.start()
        wait_until(
            lambda: not gateway.predict([{"C4": "level1"}])["degraded"]  # recovers by itself
        )
        check_scores(gateway, module_releases, degraded=False)


def flip(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


@pytest.mark.parametrize("damage", [flip, lambda value: value[:10], lambda value: b"x" * 100])
def test_5_damaged_rows_are_misses(
    start: Start,
    server: RedisServer,
    client: redis.Redis,
    module_releases: Path,
    damage: Callable[[bytes], bytes],
):
    fill(start, server, client, module_releases)
    for key in list(client.scan_iter(count=1000))[::2]:
        client.set(key, damage(client.get(key)))
    with start(server.url) as gateway:
        check_scores(gateway, module_releases, degraded=False)
        rejected = [
            gateway.metric("dynint_redis_rejected_rows_total", reason=reason)
            for reason in ("truncated", "header", "width", "checksum")
        ]
        assert sum(rejected) > 10


def test_6_rows_of_another_release_are_misses(
    start: Start,
    server: RedisServer,
    client: redis.Redis,
    releases: Path,
    make_live: Callable[[Path, str, str], None],
):
    settings = Settings(
        release_root=releases, model_name="sums", redis_url=server.url, redis_budget_ms=500
    )
    digests = []
    for version in ("1", "2"):
        make_live(releases, "sums", version)
        with local_gateway(settings, SumScorer()) as gateway:
            check_scores(gateway, releases, degraded=False, version=version)
            digests.append(gateway.app.components.releases.take().digest)
            wait_until(lambda: gateway.metric("dynint_redis_written_rows_total") > 100)
    for key in list(client.scan_iter(f"dynint:{digests[0][:16]}:*", count=1000)):
        client.set(f"dynint:{digests[1][:16]}:{key.decode().rsplit(':')[-1]}", client.get(key))
    with local_gateway(settings, SumScorer()) as gateway:
        check_scores(gateway, releases, degraded=False, version="2")
        assert gateway.metric("dynint_redis_rejected_rows_total", reason="checksum") > 10


def test_redis_without_memory_is_still_read(
    start: Start, server: RedisServer, client: redis.Redis, module_releases: Path
):
    fill(start, server, client, module_releases)
    for key in list(client.scan_iter(count=1000))[::2]:
        client.delete(key)
    client.config_set("maxmemory", 1)
    with start(server.url) as gateway:
        check_scores(gateway, module_releases, degraded=False)
        assert hits(gateway, "redis") > 10
        wait_until(
            lambda: (
                gateway.metric("dynint_redis_errors_total", operation="write", reason="refused") > 0
            )
        )


def test_a_password_is_sent(start: Start, module_releases: Path):
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        client.config_set("requirepass", "open-sesame")
        with start(server.url.replace("redis://", "redis://:open-sesame@")) as gateway:
            check_scores(gateway, module_releases, degraded=False)
        with start(server.url) as gateway:
            check_scores(gateway, module_releases, degraded=True)


def test_a_port_that_nobody_listens_on_is_no_reason_not_to_start(
    start: Start, module_releases: Path
):
    with start(f"redis://127.0.0.1:{free_port()}") as gateway:
        check_scores(gateway, module_releases, degraded=True)
