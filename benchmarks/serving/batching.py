"""Small requests with batching and without, side by side."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.serving.cases import messages
from benchmarks.serving.crowd_loop import run_crowd
from benchmarks.serving.stack import gateway

CASES = tuple((rows, connections) for rows in (1, 10) for connections in (1, 4, 32))
"""Rows of a request, and connections."""

TURNS = 8
TURN_S = 0.5

_SETTINGS: dict[str, dict[str, object]] = {"off": {"batch_delay_ms": 0}, "on": {}}
_PATIENCE = {"queue_target_ms": 10_000, "request_timeout_ms": 20_000}
"""Nobody is refused: what is measured is how fast all are answered."""


def measure_batching(root: Path) -> Iterator[dict[str, Any]]:
    """Measure every case; the two gateways take turns, so that both meet the same machine."""
    with ExitStack() as running:
        ports = {
            name: running.enter_context(gateway(root, **_PATIENCE, **settings))
            for name, settings in _SETTINGS.items()
        }
        for rows, connections in CASES:
            sent = messages(rows)["instances"]["predict"]
            latencies: dict[str, list[float]] = {name: [] for name in ports}
            rates: dict[str, list[float]] = {name: [] for name in ports}
            for turn in range(-1, TURNS):
                for name, port in ports.items():
                    spent, rate = run_crowd(port, sent, connections, TURN_S)
                    if turn >= 0:
                        latencies[name] += spent
                        rates[name].append(rate)
            pairs = zip(rates["on"], rates["off"], strict=True)
            yield {
                "rows": rows,
                "connections": connections,
                **{name: _summary(latencies[name], rates[name]) for name in ports},
                "ratio": round(median(on / off for on, off in pairs), 3),
            }


def _summary(latencies_ms: list[float], rates: list[float]) -> dict[str, float]:
    return {
        "requests_per_second": round(median(rates)),
        "p50_ms": round(median(latencies_ms), 3),
        "p99_ms": round(quantiles(latencies_ms, n=100)[98], 3),
    }
