"""A redis-server, a proxy before it, and gateways that are watched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import RedisServer, local_gateway, read_reference, wait_until
from tests.integration.redis_faults.watched_gateway import Watched, open_sockets
from tests.integration.test_gateway_redis import known_levels
from tests.integration.toxic_proxy import ToxicProxy


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
