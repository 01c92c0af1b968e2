"""``dynint bench table --rows 50000000 --json``: a table that is larger than memory, served."""

import resource
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, progress, say
from model.errors import CheckFailedError


def table(
    rows: Annotated[int, typer.Option(help="Rows of the table, of dim 16.", min=20_000)] = (
        50_000_000
    ),
    folder: Annotated[
        Path | None,
        typer.Option("--dir", help="Keep what is generated here, and use what is there."),
    ] = None,
    zipf: Annotated[list[float] | None, typer.Option(help="Exponents of the traffic.")] = None,
    redis: Annotated[
        list[str] | None, typer.Option(help="'off' or 'on': Redis as the middle tier.")
    ] = None,
    preload_mb: Annotated[
        list[int] | None, typer.Option(help="DYNINT_TABLE_PRELOAD_MB of the gateway.", min=0)
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the cases into this PNG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Generate two releases with a table of so many rows, and serve them: cold, warm, and a flip.

    39 categorical fields; requests of 100 rows, rankings and instances in turns, levels by Zipf's
    law. Two times 77 bytes of disk per row. Own memory is what the page cache cannot give back:
    RssAnon and RssShmem of the gateway.
    """
    with exit_codes(), ExitStack() as held:
        from benchmarks.big_table.case import Case, run_case

        cases = [
            Case(exponent, with_redis == "on", ahead_mb)
            for ahead_mb in preload_mb or [1024]
            for exponent in zipf or [1.05, 1.2]
            for with_redis in redis or ["off", "on"]
        ]
        root = folder or Path(
            held.enter_context(tempfile.TemporaryDirectory(prefix="dynint-bench-"))
        )
        say(f"releases of {rows:,} rows in {root}")
        # In a process of its own: TensorFlow has no place in the one that measures.
        command = [sys.executable, "-m", "benchmarks.big_table.release", str(root)]
        if subprocess.run([*command, "--rows", str(rows)]).returncode:
            raise CheckFailedError("releases: must be written; see above")
        done: list[dict[str, Any]] = []
        with progress("bench table", len(cases), "cases") as advance:
            for case in cases:
                result = run_case(root, rows, case, lambda note: advance(len(done), note))
                if result is not None:
                    done.append(result)
                    say(_line(case.name, result))
                advance(len(done), case.name)
        if plot is not None:
            from benchmarks.big_table.plot import draw

            draw(done, plot)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        report = {"rows": rows, "largest_rss_mb": round(peak), "cases": done}
        emit(report, as_json, "")


def _line(name: str, result: dict[str, Any]) -> str:
    parts = []
    for phase, forms in result["phases"].items():
        rates = result["hit_rates"].get(phase, {})
        had = ", ".join(f"{tier} {rate:.1%}" for tier, rate in rates.items())
        times = ", ".join(
            f"{form} {spent['p50_ms']:.1f} / {spent['p99_ms']:.1f} ms"
            for form, spent in forms.items()
        )
        parts.append(f"  {phase:<7}{times}{f' ({had})' if had else ''}")
    return "\n".join([f"{name}: own memory {result['own_memory_mb']:,} MiB; p50 / p99", *parts])
