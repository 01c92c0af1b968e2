"""``dynint bench overload --json``: what a gateway does with ten times the load it can take."""

import itertools
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, say

FORMS = ("instances", "ranking")
WORKERS = (1, 2)
"""Threads that score: on the event loop, and beside it."""


def overload(
    times: Annotated[float, typer.Option(min=1.0, help="Load, in multiples of the peak.")] = 10.0,
    rows: Annotated[int, typer.Option(min=1, help="Rows of each request.")] = 100,
    seconds: Annotated[float, typer.Option(min=10.0, help="How long, over five turns.")] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send an open loop of many times the peak to an embedded gateway, and watch it recover.

    ``goodput_to_peak`` is the scored requests per second over those at the peak just before and
    after, the median of five turns; ``refused_ms`` counts from when a request was sent.
    """
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        from benchmarks.serving.cases import messages
        from benchmarks.serving.overload import measure
        from benchmarks.serving.stack import gateway_process, make_releases

        root = Path(folder)
        say("writing a release")
        make_releases(root)
        cases: list[dict[str, Any]] = []
        for form, workers in itertools.product(FORMS, WORKERS):
            with gateway_process(root, scorer_workers=workers) as (port, pid):
                say(
                    f"{form}, scorer_workers={workers}: finding the peak, then {times:g} times as "
                    f"much for {seconds:g} s"
                )
                sent = messages(rows)[form]["predict"]
                found = measure(port, pid, sent, rows, times, seconds)
                cases.append({"request": form, "workers": workers, **found})
        result = {"cases": cases, "rows": rows, "cpus": len(os.sched_getaffinity(0))}
        emit(result, as_json, "\n".join(map(_line, cases)))


def _line(case: dict[str, Any]) -> str:
    return (
        f"{case['request']}, scorer_workers={case['workers']}: "
        f"{case['offered_per_second']:,.0f} requests/s offered, "
        f"peak {case['peak_per_second']:,.0f}, goodput {case['goodput_per_second']:,.0f} "
        f"({case['goodput_to_peak']:.2f}); accepted p99 {case['accepted_ms'].get('p99')} ms, "
        f"refused p99 {case['refused_ms'].get('p99')} ms; probes {case['probe_statuses']}, slowest "
        f"{case['probe_slowest_ms']:.0f} ms; back to normal after {case['recovery_s']:.1f} s"
    )
