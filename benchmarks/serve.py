"""``dynint bench serve --json``: what a request costs, and where its time goes."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, progress, say

ROWS = (1, 10, 100, 1000)


def serve(
    quick: Annotated[
        bool, typer.Option("--quick", help="100 rows, embedded, without Redis: under 40 s.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Time POST /predict over real sockets: instances and ranking, embedded and remote.

    A DynInt-DGP of 39 fields (26 context, 13 candidate), dim 16, 16 sub-spaces, 3 layers, K 64.
    ``floor_ms`` is a route on the same server that reads and parses the same body with orjson and
    does nothing else, asked in turns with the scored requests; ``model_ms`` the median of their
    ``score`` stage; ``plain`` the service a good engineer writes in an hour.
    """
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        from benchmarks.serving.cases import measure_all, measure_plain
        from benchmarks.serving.stack import make_releases

        root = Path(folder)
        sizes = (100,) if quick else ROWS
        say("writing a release")
        make_releases(root)
        cases: list[dict[str, Any]] = []
        total = 2 * len(sizes) * (1 if quick else 4)
        with progress("bench serve", total + 1, "cases") as advance:
            for case in measure_all(root, sizes, quick):
                cases.append(case)
                advance(len(cases), f"{case['request']} of {case['rows']}, {case['scorer']}")
            plain, ours = measure_plain(root, 100, quick)
            for case in cases:
                if (case["rows"], case["scorer"], case["redis"]) == (100, "embedded", False):
                    case["rows_per_second"] = ours[case["request"]]
            advance(total + 1, "the plain service")
        result = {
            "cases": cases,
            "plain": plain,
            "cpus": len(os.sched_getaffinity(0)),
            "load_1min": round(os.getloadavg()[0], 2),
        }
        emit(result, as_json, "\n".join([*map(_line, cases), _plain_line(plain)]))


def _line(case: dict[str, Any]) -> str:
    redis = "Redis" if case["redis"] else "no Redis"
    return (
        f"{case['request']:<9} {case['rows']:>4} rows, {case['scorer']}, {redis}: "
        f"p50 {case['p50_ms']:.2f} ms, p99 {case['p99_ms']:.2f} ms, "
        f"{case['rows_per_second']:,} rows/s; model {case['model_ms']:.2f}, "
        f"floor {case['floor_ms']:.2f}, ratio {case['ratio_to_floor']:.2f}"
    )


def _plain_line(plain: dict[str, Any]) -> str:
    times = ", ".join(f"{name} {ratio:.2f}x" for name, ratio in plain["times"].items())
    return (
        f"plain service, 100 rows: p50 {plain['p50_ms']:.2f} ms, "
        f"{plain['rows_per_second']:,} rows/s; beside it {times}"
    )
