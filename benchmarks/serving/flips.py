"""What a flip does to the requests around it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.serving.open_loop import Outcome, run_open_loop
from benchmarks.serving.stack import gateway, model_server, redis
from benchmarks.serving.witness import Witness, point, turns

HALF_S = 5.0
"""A flip's window reaches so far to either side of the moment when the pointer was written."""

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
    load = asyncio.create_task(
        run_open_loop(port, witness.messages, rate, seconds, CONNECTIONS, keep=True)
    )
    begin = asyncio.get_running_loop().time()
    for at, version in zip(times, turns(), strict=False):
        await asyncio.sleep(begin + at - asyncio.get_running_loop().time())
        await asyncio.to_thread(point, root, version)
    outcomes = await load
    verdict = witness.judge(outcomes, rate, round(rate * seconds))
    return {
        "rate": rate,
        "flips": flips,
        "requests": round(rate * seconds),
        "errors": verdict.errors,
        "error_statuses": verdict.statuses,
        "mixed": verdict.mixed,
        "answers_by_version": verdict.versions,
        **summary(outcomes, times, steady_s),
    }


def summary(outcomes: Sequence[Outcome], times: Sequence[float], steady_s: float) -> dict[str, Any]:
    """Sum the windows up, in milliseconds.

    ``p99_ms`` of the steady state is over all its requests; ``steady_p99s_ms`` are those of windows
    as long as a flip's, so that one can see how far two windows without a flip are apart.
    """
    start_s = np.array([outcome.start_s for outcome in outcomes])
    latency_ms = 1e3 * np.array([outcome.latency_s for outcome in outcomes])
    around = [latency_ms[np.abs(start_s - at) < HALF_S] for at in times]
    steady = start_s >= WARM_S
    for at in times:
        steady &= np.abs(start_s - at) >= HALF_S
    calm = latency_ms[steady]
    order = np.argsort(start_s[steady], kind="stable")
    windows = max(1, round((len(times) + 1) * steady_s / (2 * HALF_S)))
    calm_p99s = [float(np.quantile(part, 0.99)) for part in np.array_split(calm[order], windows)]
    p99s = [float(np.quantile(part, 0.99)) for part in around]
    steady_p99 = float(np.quantile(calm, 0.99))
    return {
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
        for with_redis in (False, True):
            with ExitStack() as running:
                point(root, "1")
                settings: dict[str, object] = {}
                if scorer == "remote":
                    settings["scorer"] = f"grpc://{running.enter_context(model_server(root))}"
                if with_redis:
                    url = running.enter_context(redis())
                    if url is None:
                        continue
                    settings["redis_url"] = url
                port = running.enter_context(gateway(root, **settings))
                case = asyncio.run(run(root, port, witness, rate, flips, steady_s))
                yield {"scorer": scorer, "redis": with_redis, **case}
