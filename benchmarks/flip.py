"""``dynint bench flip --json``: what a flip of the release does to the requests around it."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, progress, say

SCORERS = ("embedded", "remote")


def flip(
    rate: Annotated[float, typer.Option(min=1.0, help="Requests per second.")] = 50.0,
    rows: Annotated[int, typer.Option(min=1, help="Rows of each request.")] = 100,
    flips: Annotated[int, typer.Option(min=1, help="Flips per case.")] = 4,
    steady_seconds: Annotated[
        float, typer.Option(min=1.0, help="Steady state between two flips' windows.")
    ] = 10.0,
    scorer: Annotated[str, typer.Option(help="embedded, remote or both.")] = "both",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Flip a release under an open loop of requests, instances and ranking in turns.

    Two releases whose scores differ in every row; every row of every answer is compared with the
    version that the answer names. ``swap_s`` is the time from the pointer to the first answer by the
    new version. A flip's window reaches from five seconds before the pointer to five seconds after
    the swap, so all of the loading is in it; ``flip_p99_ms`` is the median over the flips of the p99
    in each.
    """
    scorers = SCORERS if scorer == "both" else (scorer,)
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        from benchmarks.serving.flips import measure
        from benchmarks.serving.stack import make_releases
        from benchmarks.serving.witness import Witness

        root = Path(folder)
        say("writing two releases, and asking each for its scores")
        make_releases(root, 2)
        witness = Witness.ask(root, rows)
        cases: list[dict[str, Any]] = []
        with progress("bench flip", 2 * len(scorers), "cases") as advance:
            for case in measure(root, witness, scorers, rate, flips, steady_seconds):
                cases.append(case)
                advance(len(cases), f"{case['scorer']}, {'Redis' if case['redis'] else 'no Redis'}")
        result = {
            "cases": cases,
            "rows": rows,
            "cpus": len(os.sched_getaffinity(0)),
            "load_1min": round(os.getloadavg()[0], 2),
        }
        emit(result, as_json, "\n".join(map(_line, cases)))


def _line(case: dict[str, Any]) -> str:
    return (
        f"{case['scorer']}, {'Redis' if case['redis'] else 'no Redis'}: "
        f"swap after {case['swap_s']:.2f} s; "
        f"steady p50 {case['steady_p50_ms']:.2f}, p99 {case['steady_p99_ms']:.2f} ms; "
        f"p99 around a flip {case['flip_p99_ms']:.2f} ms "
        f"({case['ratio']:.2f}x, {case['more_ms']:+.2f} ms), worst {case['flip_max_ms']:.1f} ms; "
        f"{case['requests']:,} requests, {case['errors']} errors, {case['mixed']} mixed"
    )
