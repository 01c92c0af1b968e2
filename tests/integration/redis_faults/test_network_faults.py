"""What lies between a gateway and its Redis can do: each fault on purpose, in a proxy.

Whatever happens, scores are those of a gateway without Redis, no answer is late, nothing is left
behind, and the gateway uses Redis again within seconds of the fault's end.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
import redis

from tests.integration.processes import wait_until
from tests.integration.toxic_proxy import ToxicProxy
from tests.integration.toxics import BitFlip, LimitData, ResetPeer, Slicer, Timeout


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
        with proxy.toxic(Slicer(3_000, 6.0), "downstream"):  # a whole reply is never in time
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
