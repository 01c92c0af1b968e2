"""The cases of ``dynint bench serve``."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.serving.bodies import Traffic
from benchmarks.serving.closed_loop import Timings, ask, throughput
from benchmarks.serving.http_client import Connection, request
from benchmarks.serving.stack import plain, redis_choices, stack

Load = tuple[int, Sequence[bytes]]
"""A port, and the requests that are sent to it in turn."""

FORMS = ("instances", "ranking")
BODIES = 32
CONNECTIONS = 4
WARM_CALLS = 40
TURN = 20


def messages(rows: int) -> dict[str, dict[str, list[bytes]]]:
    """Write requests of so many rows: per form, to score and to the floor; the same rows in each."""
    traffic = Traffic(rows)
    drawn = [traffic.both(rows) for _ in range(BODIES)]
    return {
        form: {
            path: [request(f"/{path}", bodies[form]) for bodies in drawn]
            for path in ("predict", "floor")
        }
        for form in FORMS
    }


def calls_for(rows: int, quick: bool) -> int:
    """Choose how many requests are timed."""
    return {1: 600, 10: 600, 100: 400, 1000: 80}[rows] // (2 if quick else 1)


def measure(port: int, rows: int, quick: bool) -> Iterator[dict[str, Any]]:
    """Measure one number of rows on a running gateway, both forms in turns with their floors.

    One connection, one request after the other: a scored one and the same body to the floor, so
    that both meet the same machine, the same clock and the same cold caches. The forms take turns
    of ``TURN`` requests: callers send one or the other, and each has a graph of its own, whose
    weights drive the other's out of the cache.
    """
    sent = messages(rows)
    scored = {form: Timings() for form in FORMS}
    floors = {form: Timings() for form in FORMS}
    connection = Connection(port)
    calls = calls_for(rows, quick)
    for start in range(-WARM_CALLS, calls, TURN):
        for form in FORMS:
            own = (scored[form], floors[form]) if start >= 0 else (Timings(), Timings())
            for call in range(start, start + TURN):
                at = call % BODIES
                ask(connection, [sent[form]["predict"][at]], 1, own[0])
                ask(connection, [sent[form]["floor"][at]], 1, own[1])
    connection.close()
    load = {form: (port, sent[form]["predict"]) for form in FORMS}
    speeds = in_turns(load, rows, quick)
    for form in FORMS:
        yield {"request": form, "rows": rows, **summary(scored[form], floors[form], speeds[form])}


def in_turns(load: Mapping[str, Load], rows: int, quick: bool) -> dict[str, float]:
    """Return the rows per second of each, the median of turns of half a second."""
    speeds: dict[str, list[float]] = {name: [] for name in load}
    for _ in range(3 if quick else 5):
        for name, (port, sent) in load.items():
            speeds[name].append(throughput(port, sent, CONNECTIONS, 0.5, rows))
    return {name: median(each) for name, each in speeds.items()}


def summary(scored: Timings, floor: Timings, rows_per_second: float) -> dict[str, Any]:
    """Sum a case up, in milliseconds."""
    stages = {stage: round(median(spent), 3) for stage, spent in scored.stages_ms.items()}
    p50, floor_ms, model_ms = (
        median(scored.latencies_ms),
        median(floor.latencies_ms),
        median(scored.stages_ms["score"]),
    )
    return {
        "p50_ms": round(p50, 3),
        "p99_ms": round(quantiles(scored.latencies_ms, n=100)[98], 3),
        "rows_per_second": round(rows_per_second),
        "model_ms": round(model_ms, 3),
        "floor_ms": round(floor_ms, 3),
        "ratio_to_floor": round(p50 / (floor_ms + model_ms), 3),
        "stages_ms": stages,
    }


def measure_plain(root: Path, rows: int, quick: bool) -> tuple[dict[str, Any], dict[str, int]]:
    """Measure the plain service with instances of so many rows, a gateway in turns with it.

    Returns:
        What the plain service does (``times``: the gateway's rows per second over its own, per
        form), and the gateway's rows per second, per form.
    """
    sent = {form: forms["predict"] for form, forms in messages(rows).items()}
    with plain(root) as port, stack(root, "embedded", False) as (ours, _):
        connection = Connection(port)
        ask(connection, sent["instances"], WARM_CALLS, Timings())
        timings = Timings()
        ask(connection, sent["instances"], calls_for(rows, quick) // 2, timings)
        connection.close()
        load = {form: (ours, sent[form]) for form in FORMS}
        for place, messages_ in load.values():
            throughput(place, messages_, CONNECTIONS, 0.5, rows)
        speeds = in_turns({**load, "plain": (port, sent["instances"])}, rows, quick)
    figures = {
        "p50_ms": round(median(timings.latencies_ms), 3),
        "rows_per_second": round(speeds["plain"]),
        "times": {form: round(speeds[form] / speeds["plain"], 2) for form in FORMS},
    }
    return figures, {form: round(speeds[form]) for form in FORMS}


def measure_all(root: Path, sizes: Sequence[int], quick: bool) -> Iterator[dict[str, Any]]:
    """Measure every case: each scorer, without and with Redis, each number of rows."""
    for scorer in ("embedded",) if quick else ("embedded", "remote"):
        for with_redis in (False,) if quick else redis_choices():
            with stack(root, scorer, with_redis) as (port, _):
                for rows in sizes:
                    for case in measure(port, rows, quick):
                        yield {"scorer": scorer, "redis": with_redis, **case}
