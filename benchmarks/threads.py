"""``python -m benchmarks.threads``: requests scored on the event loop beside those scored in threads.

The gateways take turns: one scores all on its event loop, one all in its two threads, one chooses by
company. ``p50_ms`` of one connection is what a hop to a thread costs; of more, what is gained where
requests are there at the same time; ``livez_ms`` is the 99th percentile of what /livez takes
meanwhile, which is what scoring on the event loop costs everybody else.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from time import perf_counter
from typing import Any

from benchmarks.serving.cases import messages
from benchmarks.serving.crowd_loop import run_crowd
from benchmarks.serving.http_client import Connection
from benchmarks.serving.stack import gateway, make_releases
from model.console import say

ROWS = (1, 30, 100, 200, 300, 1000)
CONNECTIONS = (1, 2, 4)
TURNS = 6
TURN_S = 1.0
_PAUSE_S = 0.02
_LIVEZ = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
_SETTINGS: dict[str, dict[str, object]] = {
    "loop": {"scorer_workers": 1, "scorer_inline_rows": 1_000_000},
    "threads": {"scorer_workers": 2, "scorer_inline_rows": 0},
    "by company": {"scorer_workers": 2},
}
_PATIENCE = {"queue_target_ms": 10_000, "request_timeout_ms": 20_000}


def measure(root: Path) -> Iterator[dict[str, Any]]:
    """Measure every case in every gateway."""
    with ExitStack() as running:
        ports = {
            name: running.enter_context(gateway(root, **_PATIENCE, **settings))
            for name, settings in _SETTINGS.items()
        }
        for rows in ROWS:
            sent = messages(rows)["instances"]["predict"]
            for connections in CONNECTIONS:
                latencies: dict[str, list[float]] = {name: [] for name in ports}
                rates: dict[str, list[float]] = {name: [] for name in ports}
                probes: dict[str, list[float]] = {name: [] for name in ports}
                for turn in range(-1, TURNS):
                    for name, port in ports.items():
                        spent, rate, probed = _turn(port, sent, connections)
                        if turn >= 0:
                            latencies[name] += spent
                            rates[name].append(rate)
                            probes[name] += probed
                for name in ports:
                    yield {
                        "rows": rows,
                        "connections": connections,
                        "scored": name,
                        "p50_ms": round(median(latencies[name]), 2),
                        "requests_per_second": round(median(rates[name]), 1),
                        "livez_ms": round(quantiles(probes[name], n=100)[98], 2),
                    }


def _turn(port: int, sent: list[bytes], connections: int) -> tuple[list[float], float, list[float]]:
    """Load a gateway for one turn and ask whether it lives meanwhile."""
    ended, probed = Event(), []

    def ask() -> None:
        connection = Connection(port)
        while not ended.wait(_PAUSE_S):
            start = perf_counter()
            connection.send(_LIVEZ)
            probed.append(1e3 * (perf_counter() - start))
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    try:
        spent, rate = run_crowd(port, sent, connections, TURN_S)
    finally:
        ended.set()
        thread.join()
    return spent, rate, probed


def main() -> None:
    """Print one line of JSON per case."""
    with tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        say("writing a release")
        make_releases(Path(folder))
        for case in measure(Path(folder)):
            print(json.dumps(case), flush=True)


if __name__ == "__main__":
    main()
