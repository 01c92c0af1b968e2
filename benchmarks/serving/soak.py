"""A constant load for long, with a flip now and then: does anything fail, or grow?"""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.serving.open_loop import run_open_loop
from benchmarks.serving.stack import redis_choices, stack
from benchmarks.serving.vitals import Vitals, growth, watch
from benchmarks.serving.witness import Witness, flip_at, point
from model.console import progress

CONNECTIONS = 16
MOST_MEMORY_GROWTH = 0.03
"""Of the settled private memory: free pages between used ones vary by so much; a release that stayed
would be as much by itself."""

MOST_DESCRIPTORS_GROWTH = 2


def soak(
    root: Path,
    witness: Witness,
    rate: float,
    seconds: float,
    flip_every_s: float,
    settled_s: float,
    scorer: str = "embedded",
    sample_every_s: float = 5.0,
    **others: object,
) -> tuple[dict[str, Any], list[Vitals]]:
    """Load a gateway, with Redis if there is one; returns the result, and what was seen.

    Args:
        root: release root with two versions.
        witness: knows their scores.
        rate: requests per second.
        seconds: how long.
        flip_every_s: seconds between two flips.
        settled_s: what grows before that is not counted.
        scorer: embedded or remote.
        sample_every_s: seconds between two looks at the process.
        **others: settings of the gateway.
    """
    point(root, "1")
    with_redis = redis_choices()[-1]
    with stack(root, scorer, with_redis, **others) as (port, pid):
        seen: list[Vitals] = []
        outcomes, flips = asyncio.run(
            _run(root, witness, port, pid, rate, seconds, flip_every_s, sample_every_s, seen)
        )
    requests = round(rate * seconds)
    verdict = witness.judge(outcomes, rate, requests)
    latency_ms = 1e3 * np.array([outcome.latency_s for outcome in outcomes])
    grown = growth(seen, settled_s)
    own = grown["private_mb"]
    result = {
        "scorer": scorer,
        "redis": with_redis,
        "rate": rate,
        "minutes": round(seconds / 60, 2),
        "requests": requests,
        "flips": flips,
        "errors": verdict.errors,
        "error_statuses": verdict.statuses,
        "mixed": verdict.mixed,
        "answers_by_version": verdict.versions,
        "p50_ms": round(float(np.median(latency_ms)), 3),
        "p99_ms": round(float(np.quantile(latency_ms, 0.99)), 3),
        "max_ms": round(float(latency_ms.max()), 1),
        "settled_s": settled_s,
        "grown": grown,
        "passed": not verdict.errors
        and not verdict.mixed
        and own["growth"] <= MOST_MEMORY_GROWTH * own["settled"]
        and grown["descriptors"]["growth"] <= MOST_DESCRIPTORS_GROWTH,
    }
    return result, seen


async def _run(
    root: Path,
    witness: Witness,
    port: int,
    pid: int,
    rate: float,
    seconds: float,
    flip_every_s: float,
    sample_every_s: float,
    seen: list[Vitals],
) -> tuple[list[Any], int]:
    watching = asyncio.create_task(watch(pid, port, sample_every_s, seen))
    telling = asyncio.create_task(_tell(seconds, seen))
    began = asyncio.get_running_loop().create_future()
    times = np.arange(flip_every_s, seconds, flip_every_s)
    outcomes, written = await asyncio.gather(
        run_open_loop(port, witness.messages, rate, seconds, CONNECTIONS, keep=True, began=began),
        flip_at(root, times, began),
    )
    for task in (watching, telling):
        task.cancel()
    await asyncio.gather(watching, telling, return_exceptions=True)
    return outcomes, len(written)


async def _tell(seconds: float, seen: list[Vitals]) -> None:
    """Show how far it is, and the memory seen last, until it is cancelled."""
    with progress("soak", round(seconds), "seconds") as advance:
        for second in range(round(seconds)):
            note = (
                f"{seen[-1].private_mb:.0f} MiB, {seen[-1].descriptors} descriptors" if seen else ""
            )
            advance(second, note)
            await asyncio.sleep(1)
