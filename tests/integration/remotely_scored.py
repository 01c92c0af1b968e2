"""A gateway with a remote scorer and a short deadline, and what every answer of it must be."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog

from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway, wait_until

DEADLINE_S = 0.4
SLACK_S = 0.5
"""What a busy machine may add to a deadline before a test fails."""

RECOVERY_S = 5.0


@contextmanager
def scored_by(
    root: Path, *targets: str, ready: bool = True, **others: Any
) -> Iterator[LocalGateway]:
    """Run a gateway of ``sums`` with a short deadline."""
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
        with local_gateway(settings, ready=ready) as gateway:
            yield gateway
    finally:
        structlog.reset_defaults()


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
