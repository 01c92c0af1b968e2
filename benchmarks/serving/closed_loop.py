"""Closed loops: each connection sends its next request when it has its answer."""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.serving.http_client import Connection


@dataclass
class Timings:
    """What requests took.

    Attributes:
        latencies_ms: end to end, one per answer.
        stages_ms: by stage of ``Server-Timing``.
        seconds: from the first request to the last answer.
    """

    latencies_ms: list[float] = field(default_factory=list)
    stages_ms: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0


def ask(connection: Connection, messages: Sequence[bytes], count: int, into: Timings) -> None:
    """Send requests one after the other on one connection.

    Raises:
        RuntimeError: if an answer is not 200.
    """
    for message in itertools.islice(itertools.cycle(messages), count):
        start = perf_counter()
        answer = connection.send(message)
        into.latencies_ms.append(1e3 * (perf_counter() - start))
        if answer.status != 200:
            raise RuntimeError(f"answer: must be 200; received {answer.status}: {answer.body!r}")
        for stage, spent in answer.timing.items():
            into.stages_ms.setdefault(stage, []).append(spent)


def throughput(
    port: int, messages: Sequence[bytes], connections: int, seconds: float, rows: int
) -> float:
    """Return the rows per second of several closed loops at once."""
    counts = [0] * connections
    end = perf_counter() + seconds

    def work(place: int) -> None:
        connection = Connection(port)
        for message in itertools.cycle(messages):
            if perf_counter() >= end:
                break
            if connection.send(message).status == 200:
                counts[place] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(connections)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rows * sum(counts) / (perf_counter() - start)
