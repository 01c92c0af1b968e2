"""One case: a gateway with or without Redis, under one traffic."""

import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.big_table.levels import MODEL
from benchmarks.big_table.page_cache import drop_pages
from benchmarks.big_table.phases import Asked, draw_messages, run_phases
from benchmarks.big_table.process_memory import ProcessMemory
from benchmarks.big_table.traffic import FORMS
from benchmarks.serving.stack import free_port, process, redis
from model.bundle import Pointer, write_pointer

REDIS_OPTIONS = ("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lfu")
PHASES = ("cold", "warm", "before", "flip")


@dataclass(frozen=True)
class Case:
    """What is run.

    Attributes:
        zipf: exponent of the traffic.
        redis: whether Redis is the middle tier.
        preload_mb: how much of a table the gateway reads before its release is live, in MiB.
    """

    zipf: float
    redis: bool
    preload_mb: int

    @property
    def name(self) -> str:
        """Name it in a line."""
        return (
            f"Zipf {self.zipf}, {'with' if self.redis else 'without'} Redis, "
            f"{self.preload_mb:,} MiB preloaded"
        )


def run_case(
    root: Path, rows: int, case: Case, tell: Callable[[str], None]
) -> dict[str, Any] | None:
    """Run a case from a cold start; ``None`` if it needs a Redis and there is none.

    Raises:
        CheckFailedError: if a request fails.
    """
    tell("drawing requests")
    messages = draw_messages(rows, case.zipf)
    write_pointer(root / MODEL, Pointer("1"))
    drop_pages(root / MODEL)
    port = free_port()
    env = {
        "DYNINT_RELEASE_ROOT": str(root),
        "DYNINT_MODEL_NAME": MODEL,
        "DYNINT_PORT": str(port),
        "DYNINT_TABLE_PRELOAD_MB": str(case.preload_mb),
    }
    with ExitStack() as running:
        if case.redis:
            url = running.enter_context(redis(*REDIS_OPTIONS))
            if url is None:
                return None
            env["DYNINT_REDIS_URL"] = url
        tell("starting the gateway")
        command = [sys.executable, "-m", "benchmarks.serving.gateway"]
        child = running.enter_context(process(command, f"http://127.0.0.1:{port}/readyz", env))
        memory = running.enter_context(ProcessMemory(child.pid))
        asked, rates = run_phases(port, root / MODEL, messages, tell)
    return {
        "zipf": case.zipf,
        "redis": case.redis,
        "preload_mb": case.preload_mb,
        "phases": {phase: _latencies(asked, phase) for phase in PHASES},
        "hit_rates": rates,
        "own_memory_mb": round(memory.peak_mb),
        "memory": [[round(number, 2) for number in sample] for sample in memory.samples],
        "timeline": _timeline(asked),
    }


def _latencies(asked: list[Asked], phase: str) -> dict[str, dict[str, float]]:
    found = {}
    for form in FORMS:
        spent = [each.ms for each in asked if (each.phase, each.form) == (phase, form)]
        p50, p99 = np.percentile(spent, (50, 99))
        found[form] = {
            "p50_ms": round(float(p50), 2),
            "p99_ms": round(float(p99), 2),
            "worst_ms": round(max(spent), 2),
            "not_200": sum(
                not each.good for each in asked if (each.phase, each.form) == (phase, form)
            ),
        }
    return found


def _timeline(asked: list[Asked]) -> list[list[Any]]:
    """Sum rankings up by half seconds: start, phase, median and most, in milliseconds."""
    bins: dict[tuple[float, str], list[float]] = defaultdict(list)
    for each in asked:
        if each.form == "ranking":
            bins[each.at_s // 0.5 / 2, each.phase].append(each.ms)
    return [
        [at, phase, round(float(np.median(spent)), 2), round(max(spent), 2)]
        for (at, phase), spent in sorted(bins.items())
    ]
