"""More load than a gateway can take: what it still answers, how fast it refuses, how it recovers."""

import asyncio
import itertools
import os
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

import numpy as np

from benchmarks.serving.closed_loop import throughput
from benchmarks.serving.open_loop import Outcome, run_open_loop

PEAK_CONNECTIONS = 8
CONNECTIONS = 128
RECOVERY_S = 10.0
PROBES = ("/livez", "/readyz", "/metrics")
_PROBE_S = 0.25
_SETTLE_S = 1.5
_PEAK_S = 4.0
_TURNS = 5
_SHARES = (0.8, 1.0, 1.2)


@dataclass
class Probed:
    """What the probes' routes answered meanwhile.

    Attributes:
        statuses: how often each status came; 0 where no answer did.
        slowest_s: the longest wait for an answer.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0


@contextmanager
def probing(port: int) -> Iterator[Probed]:
    """Ask the probes' routes four times a second, each on a connection of its own."""
    probed, ended = Probed(), threading.Event()

    def ask() -> None:
        while not ended.wait(_PROBE_S):
            for path in PROBES:
                start = monotonic()
                try:
                    with urllib.request.urlopen(
                        f"http://127.0.0.1:{port}{path}", timeout=10
                    ) as got:
                        probed.statuses[got.status] += 1
                except urllib.error.HTTPError as error:
                    probed.statuses[error.code] += 1
                except OSError:
                    probed.statuses[0] += 1
                probed.slowest_s = max(probed.slowest_s, monotonic() - start)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield probed
    finally:
        ended.set()
        thread.join()


@contextmanager
def apart(pid: int) -> Iterator[None]:
    """Give a gateway one CPU and this process the others, so that the load costs it none of its own."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > 1:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), cpus[:1])
        os.sched_setaffinity(0, cpus[1:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cpus)


def measure(
    port: int, pid: int, messages: Sequence[bytes], rows: int, times: float, seconds: float
) -> dict[str, Any]:
    """Find the peak, then in turns send so much and ``times`` as much, and watch the end of each.

    The peak is the most that an open loop gets at about the rate of a closed one, so the same
    generator takes the same time of the machine then. A machine's own speed drifts by more than
    what is measured: goodput is compared with the peaks just before and after it, and the median of
    the turns counts. The first seconds, in which the limit is found, are left out.

    Args:
        port: the gateway's.
        pid: its process.
        messages: whole requests, sent in turn.
        rows: of each request.
        times: load, in multiples of the peak.
        seconds: how long, over all turns.
    """
    each_s = seconds / _TURNS
    outcomes: list[Outcome] = []
    goodputs, recoveries_s = [], []
    with apart(pid):
        rate = throughput(port, messages, PEAK_CONNECTIONS, 3.0, rows) / rows

        def peak(share: float) -> float:
            return _goodput(_load(port, messages, share * rate, _PEAK_S), _PEAK_S)

        first = {share: peak(share) for share in _SHARES}
        best = max(first, key=first.__getitem__)
        peaks = [peak(best)]
        with probing(port) as probed:
            for _ in range(_TURNS):
                loaded = _load(port, messages, times * rate, each_s)
                outcomes += loaded
                goodputs.append(_goodput(loaded, each_s))
                recoveries_s.append(_recovery(port, messages[:1], rate))
                peaks.append(peak(best))
    around = [(before + after) / 2 for before, after in itertools.pairwise(peaks)]
    ratios = [goodput / near for goodput, near in zip(goodputs, around, strict=True)]
    return {
        "peak_per_second": round(median(peaks), 1),
        "offered_per_second": round(times * rate, 1),
        "requests": len(outcomes),
        "goodput_per_second": round(median(goodputs), 1),
        "goodput_to_peak": round(median(ratios), 3),
        "turns": [round(ratio, 3) for ratio in ratios],
        "statuses": dict(Counter(outcome.status for outcome in outcomes)),
        "accepted_ms": _quantiles([each.spent_s for each in outcomes if each.status == 200]),
        "refused_ms": _quantiles([each.spent_s for each in outcomes if each.status == 503]),
        "probe_statuses": dict(probed.statuses),
        "probe_slowest_ms": round(1e3 * probed.slowest_s, 1),
        "recovery_s": round(max(recoveries_s), 2),
    }


def _load(port: int, messages: Sequence[bytes], rate: float, seconds: float) -> list[Outcome]:
    return asyncio.run(run_open_loop(port, messages, rate, seconds, CONNECTIONS))


def _goodput(outcomes: Sequence[Outcome], seconds: float) -> float:
    """Return the scored requests per second, by when their answers came."""
    ends = np.array([each.start_s + each.latency_s for each in outcomes if each.status == 200])
    counted = (ends >= _SETTLE_S) & (ends < seconds)
    return float(np.count_nonzero(counted) / (seconds - _SETTLE_S))


def _recovery(port: int, messages: Sequence[bytes], peak: float) -> float:
    """Return after how many seconds a light load gets nothing but scores again."""
    begin = monotonic()
    while True:
        light = asyncio.run(run_open_loop(port, messages, peak / 4, 1.0, 8))
        if {each.status for each in light} == {200} or monotonic() - begin > RECOVERY_S:
            return monotonic() - begin
        sleep(0.1)


def _quantiles(spent_s: Sequence[float]) -> dict[str, float]:
    if not spent_s:
        return {}
    return {
        name: round(1e3 * float(np.quantile(spent_s, share)), 2)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    }
