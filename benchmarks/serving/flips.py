"""What a flip does to the requests around it."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.serving.open_loop import Outcome, run_open_loop
from benchmarks.serving.stack import redis_choices, stack
from benchmarks.serving.witness import Witness, flip_at, point, swaps_of

HALF_S = 5.0
"""A flip's window reaches from so long before the pointer was written to so long after the swap."""

WARM_S = 5.0
CONNECTIONS = 16


def schedule(flips: int, steady_s: float) -> list[float]:
    """Place the flips, in seconds from the start: a steady window before each and after the last."""
    return [WARM_S + steady_s + HALF_S + place * (steady_s + 2 * HALF_S) for place in range(flips)]


async def run(
    root: Path, port: int, witness: Witness, rate: float, flips: int, steady_s: float
) -> dict[str, Any]:
    """Load a gateway, flip its release several times, and compare the windows.

    Args:
        root: release root, of which version 1 is live.
        port: the gateway's.
        witness: knows the scores.
        rate: requests per second.
        flips: how many.
        steady_s: seconds of steady state between two flips' windows, at least 1.
    """
    times = schedule(flips, steady_s)
    seconds = times[-1] + HALF_S + steady_s
    began = asyncio.get_running_loop().create_future()
    outcomes, written = await asyncio.gather(
        run_open_loop(port, witness.messages, rate, seconds, CONNECTIONS, keep=True, began=began),
        flip_at(root, times, began),
    )
    swaps = swaps_of(outcomes, written)
    verdict = witness.judge(outcomes, rate, round(rate * seconds))
    return {
        "rate": rate,
        "flips": flips,
        "requests": round(rate * seconds),
        "errors": verdict.errors,
        "error_statuses": verdict.statuses,
        "mixed": verdict.mixed,
        "answers_by_version": verdict.versions,
        **summary(outcomes, written, swaps, steady_s),
    }


def summary(
    outcomes: Sequence[Outcome], written: Sequence[float], swaps: Sequence[float], steady_s: float
) -> dict[str, Any]:
    """Sum the windows up: latencies in milliseconds, ``swap_s`` in seconds.

    A window holds all of a flip, the loading, the swap and what follows: ten seconds and ``swap_s``,
    the time from the pointer to the end of the first answer by the new version. ``p99_ms`` of the
    steady state is over all requests outside of the windows; ``steady_p99s_ms`` are those of parts
    about as long as a window, so that one can see how far two windows without a flip are apart.
    """
    start_s = np.array([outcome.start_s for outcome in outcomes])
    latency_ms = 1e3 * np.array([outcome.latency_s for outcome in outcomes])
    steady = start_s >= WARM_S
    around = []
    for at, swap in zip(written, swaps, strict=True):
        window = (start_s > at - HALF_S) & (start_s < swap + HALF_S)
        around.append(latency_ms[window])
        steady &= ~window
    calm = latency_ms[steady]
    order = np.argsort(start_s[steady], kind="stable")
    windows = max(1, round((len(written) + 1) * steady_s / (2 * HALF_S)))
    calm_p99s = [float(np.quantile(part, 0.99)) for part in np.array_split(calm[order], windows)]
    p99s = [float(np.quantile(part, 0.99)) for part in around]
    steady_p99 = float(np.quantile(calm, 0.99))
    swap_s = [swap - at for at, swap in zip(written, swaps, strict=True)]
    return {
        "swap_s": round(median(swap_s), 3),
        "swaps_s": [round(each, 3) for each in swap_s],
        "steady_p50_ms": round(float(np.median(calm)), 3),
        "steady_p99_ms": round(steady_p99, 3),
        "steady_p99s_ms": [round(each, 3) for each in calm_p99s],
        "flip_p50_ms": round(float(np.median(np.concatenate(around))), 3),
        "flip_p99s_ms": [round(each, 3) for each in p99s],
        "flip_p99_ms": round(median(p99s), 3),
        "flip_max_ms": round(float(max(part.max() for part in around)), 3),
        "ratio": round(median(p99s) / steady_p99, 3),
        "more_ms": round(median(p99s) - steady_p99, 3),
    }


def measure(
    root: Path, witness: Witness, scorers: Sequence[str], rate: float, flips: int, steady_s: float
) -> Iterator[dict[str, Any]]:
    """Measure each scorer, without and with Redis."""
    for scorer in scorers:
        for with_redis in redis_choices():
            point(root, "1")
            with stack(root, scorer, with_redis) as (port, _):
                case = asyncio.run(run(root, port, witness, rate, flips, steady_s))
            yield {"scorer": scorer, "redis": with_redis, **case}
