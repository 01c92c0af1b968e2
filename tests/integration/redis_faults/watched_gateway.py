"""A gateway whose every answer is checked while something is done to its Redis."""

import asyncio
import os
from contextlib import suppress
from typing import Any

import httpx

from tests.integration.processes import LocalGateway, wait_until

RECOVERY_S = 5.0


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


def open_sockets() -> int:
    """Count this process' sockets; the bundle's mapped files go when the collector comes by."""
    count = 0
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 (names alone)
        with suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")  # noqa: PTH115
    return count
