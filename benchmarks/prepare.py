"""``dynint bench prepare --json``: how fast a plain-text log is prepared, in how much memory."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say
from model.errors import CheckFailedError

FIELDS = 39


def prepare(
    rows: Annotated[int, typer.Option(help="Rows of the generated log.", min=1)] = 1_000_000,
    repeat: Annotated[int, typer.Option(help="Prepare so many times; the best counts.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Of the generated log.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Generate a Criteo-shaped log (not counted), then measure ``dynint prepare`` on it.

    Time is that of the whole process, start to exit; peak memory is its resident set's.
    """
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        log = Path(folder) / "log.txt"
        # In a process of its own: a child's peak memory starts at what its parent holds.
        _run([sys.executable, "-c", _GENERATE, str(log), str(rows), str(seed)])
        say(f"generated {rows:,} rows, {log.stat().st_size / 1e6:,.0f} MB")
        runs = []
        for place in range(repeat):
            out = Path(folder) / f"out-{place}"
            command = [sys.executable, "-m", "dynint", "prepare", str(log), "--out", str(out)]
            runs.append(_run(command))
            say(f"prepared in {runs[-1][0]:.1f} s")
        seconds = min(taken for taken, _, _ in runs)
        peak = max(memory for _, _, memory in runs)
        result = {
            "rows_per_second": round(rows / seconds),
            "peak_rss_mb": round(peak),
            "rows": rows,
            "fields": FIELDS,
            "seconds": round(seconds, 3),
            "cpu_seconds": round(min(worked for _, worked, _ in runs), 3),
            "log_mb": round(log.stat().st_size / 1e6),
            "cpus": len(os.sched_getaffinity(0)),
            "load_1min": round(os.getloadavg()[0], 2),
        }
        emit(
            result,
            as_json,
            f"{result['rows_per_second']:,} rows/s, peak {result['peak_rss_mb']:,} MB "
            f"({rows:,} rows of {FIELDS} fields, {result['cpus']} CPUs, "
            f"load {result['load_1min']})",
        )


_GENERATE = """
import sys
from pathlib import Path
from training.datasets.synthetic import generate_log
generate_log(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
"""


def _run(command: list[str]) -> tuple[float, float, float]:
    """Run a process; gives its wall time and CPU time in seconds, and its peak memory in MB (2^20).

    Raises:
        CheckFailedError: if it fails.
    """
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CheckFailedError(
            f"{' '.join(command[:4])} ...: exit code {process.returncode}\n{errors.decode()}"
        )
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
