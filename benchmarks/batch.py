"""``dynint bench batch --json``: what it brings to score small requests together."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, progress, say


def batch(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Time small instances requests with batching and without, two gateways in turns.

    1, 4 and 32 connections, each with its next request when it has its answer, of 1 and of 10 rows,
    to the embedded scorer. ``ratio`` is the requests per second with batching over those without.
    """
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        from benchmarks.serving.batching import CASES, measure_batching
        from benchmarks.serving.stack import make_releases

        root = Path(folder)
        say("writing a release")
        make_releases(root)
        cases: list[dict[str, Any]] = []
        with progress("bench batch", len(CASES), "cases") as advance:
            for case in measure_batching(root):
                cases.append(case)
                advance(len(cases), f"{case['rows']} rows, {case['connections']} connections")
        result = {"cases": cases, "cpus": len(os.sched_getaffinity(0))}
        emit(result, as_json, "\n".join(map(_line, cases)))


def _line(case: dict[str, Any]) -> str:
    on, off = case["on"], case["off"]
    return (
        f"{case['rows']:>2} rows, {case['connections']:>2} connections: "
        f"{off['requests_per_second']:,} -> {on['requests_per_second']:,} requests/s "
        f"({case['ratio']:.2f}x), p50 {off['p50_ms']:.2f} -> {on['p50_ms']:.2f} ms, "
        f"p99 {off['p99_ms']:.2f} -> {on['p99_ms']:.2f} ms"
    )
