"""The life of a gateway before a big table: cold, warm, and through a flip."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter

import orjson

from benchmarks.big_table.tier_counts import TierCounts
from benchmarks.big_table.traffic import FORMS, Traffic
from benchmarks.serving.http_client import Connection, request
from benchmarks.serving.open_loop import run_open_loop
from model.bundle import Pointer, write_pointer
from model.errors import CheckFailedError

ROWS = 100
COLD, FILL, WARM = 200, 1200, 400
"""Requests of each phase, half of each form; those of ``FILL`` are not reported."""

RATE, FLIP_AT_S = 20, 4.0
"""Of the open loop around the flip: requests per second, and when the pointer is written."""

LOADED_PER_S = 2_000_000
"""Rows per second at which a release is loaded while requests come, at least."""

Message = tuple[str, bytes]


@dataclass(frozen=True)
class Asked:
    """One answered request.

    Attributes:
        phase: ``cold``, ``fill``, ``warm``, ``before`` or ``flip``.
        form: ``ranking`` or ``instances``.
        at_s: when it was sent, or meant to be, in seconds since the gateway was ready.
        ms: until its answer.
        good: whether that was 200.
    """

    phase: str
    form: str
    at_s: float
    ms: float
    good: bool = True


def draw_messages(rows: int, exponent: float) -> list[Message]:
    """Write every request of a run."""
    bodies = Traffic(rows, exponent, seed=7).bodies(ROWS)
    flip_s = FLIP_AT_S + 6.0 + rows / LOADED_PER_S
    count = COLD + FILL + WARM + int(RATE * flip_s)
    return [(form, request("/predict", body)) for form, body in islice(bodies, count)]


def run_phases(
    port: int, model_dir: Path, messages: list[Message], tell: Callable[[str], None]
) -> tuple[list[Asked], dict[str, dict[str, float]]]:
    """Ask one request after the other, then at fixed times while version 2 becomes live.

    The pointer is written as ``dynint promote`` writes it; the check that comes before runs
    where releases are published, not beside the gateway.

    Returns:
        Every request, and the tiers' hit rates by phase.

    Raises:
        CheckFailedError: if a request is not answered with 200 before the open loop, or version 2 does not
            become live.
    """
    begin, counts = perf_counter(), TierCounts(port)
    asked: list[Asked] = []
    rates = {}
    start = 0
    connection = Connection(port)
    for phase, count in (("cold", COLD), ("fill", FILL), ("warm", WARM)):
        for form, message in messages[start : start + count]:
            sent = perf_counter()
            answer = connection.send(message)
            asked.append(Asked(phase, form, sent - begin, 1e3 * (perf_counter() - sent)))
            if answer.status != 200:
                raise CheckFailedError(f"answer: must be 200; received {answer.status}")
        start += count
        rates[phase] = counts.hit_rates()
        tell(phase)
    connection.close()
    loop_began = perf_counter() - begin + 0.05
    flip = threading.Timer(FLIP_AT_S, write_pointer, (model_dir, Pointer("2", "1")))
    flip.start()
    sent_messages = [message for _, message in messages[start:]]
    outcomes = asyncio.run(
        run_open_loop(port, sent_messages, RATE, len(sent_messages) / RATE, 16, keep=True)
    )
    flip.join()
    rates["flip"] = counts.hit_rates()
    tell("flip")
    versions = {
        orjson.loads(outcome.body)["version"] for outcome in outcomes if outcome.status == 200
    }
    if versions != {"1", "2"}:
        raise CheckFailedError(f"flip: versions 1 and 2 must answer; received {versions}")
    for outcome in outcomes:
        form = FORMS[round(outcome.start_s * RATE) % len(FORMS)]
        phase = "before" if outcome.start_s < FLIP_AT_S else "flip"
        at_s = loop_began + outcome.start_s
        asked.append(Asked(phase, form, at_s, 1e3 * outcome.latency_s, outcome.status == 200))
    return asked, rates
