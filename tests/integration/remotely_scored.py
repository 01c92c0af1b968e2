"""A gateway with a remote scorer and a short deadline, and what every answer of it must be."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog

from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway, wait_until
from tests.integration.redis_faults.watched_gateway import open_sockets
from tests.integration.scripted_server import Scripted

DEADLINE_S = 0.4
SLACK_S = 0.5
"""What a busy machine may add to a deadline before a test fails."""

RECOVERY_S = 5.0


@contextmanager
def scored_by(
    root: Path, *targets: str, ready: bool = True, **others: Any
) -> Iterator[LocalGateway]:
    """Run a gateway of ``sums`` with a short deadline; in the end nothing is left behind."""
    settings = Settings(
        release_root=root,
        model_name="sums",
        scorer=f"grpc://{','.join(targets)}",
        request_timeout_ms=int(DEADLINE_S * 1e3),
        **others,
    )
    # Tracebacks with every local, as by default, take longer to draw than a deadline lasts.
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    try:
        before = open_sockets()
        with local_gateway(settings, ready=ready) as gateway:
            tasks = count_tasks(gateway)
            yield gateway
            wait_until(lambda: gateway.app.components.limit.in_flight == 0)
            wait_until(lambda: count_tasks(gateway) <= tasks + 2)  # not more with time
        wait_until(lambda: held_sockets() <= before)
    finally:
        structlog.reset_defaults()


@contextmanager
def scored_by_two(root: Path) -> Iterator[tuple[Scripted, Scripted, LocalGateway]]:
    """Run such a gateway with two model servers, both of which have proven themselves."""
    with (
        Scripted() as one,
        Scripted() as two,
        scored_by(root, one.target, two.target) as gateway,
    ):
        wait_until(lambda: one.count("logit") and two.count("logit"))
        yield one, two, gateway


def held_sockets() -> int:
    """Count this process' sockets but those that only a failed call's traceback still refers to."""
    gc.collect()
    return open_sockets()


def count_tasks(gateway: LocalGateway) -> int:
    """Count the tasks of its event loop."""
    following = gateway.app.components.releases._task
    assert following is not None
    return len(asyncio.all_tasks(following.get_loop()))


def ask(gateway: LocalGateway, rows: int = 1) -> httpx.Response:
    """Send a request; whatever the answer, it is in time and in form."""
    start = time.monotonic()
    response = gateway.client.post("/predict", json={"instances": [{}] * rows})
    assert time.monotonic() - start < DEADLINE_S + SLACK_S
    if response.status_code != 200:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code
        assert ("retry-after" in response.headers) == (response.status_code == 503)
    return response


def recovers(gateway: LocalGateway) -> None:
    wait_until(lambda: ask(gateway).status_code == 200, RECOVERY_S)
    wait_until(gateway.is_ready, RECOVERY_S)
