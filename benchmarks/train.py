"""``dynint bench train --json``: how fast training goes, and what a larger table costs."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes

MOST_COMPARED = 1_000_000
"""Largest table that is compared with one ten times as large unless told otherwise."""


def train(
    rows: Annotated[int, typer.Option(help="Rows of the log that is trained on.", min=1)] = 819_200,
    table_rows: Annotated[
        int, typer.Option(help="Rows of the embedding table.", min=39)
    ] = 1_000_000,
    model: Annotated[str, typer.Option(help="Network of the zoo.")] = "dynint_dgp",
    ten_times: Annotated[
        bool | None,
        typer.Option(
            help="Also train a table ten times as large, in turns (10^7 rows take 2 GB).  "
            "[up to 1,000,000 rows]"
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="TABLE.KEY=VALUE",
            help="One setting of the run, as 'dynint train' takes it; may be repeated.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Measure training through the real input pipeline: Parquet, shuffle, batches, steps.

    39 fields, dim 16, 16 sub-spaces, 3 layers, kernel size 64, gates of ratio 4 (of these, what the
    network has; the rest is its default), batch 4,096, G-FTRL and FTRL, ids Zipf 1.2 within each
    field.
    """
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from benchmarks.train_speed import measure

        compare = table_rows <= MOST_COMPARED if ten_times is None else ten_times
        result = measure(Path(folder), model, rows, table_rows, compare, settings or ())
        result |= {
            "cpus": len(os.sched_getaffinity(0)),
            "load_1min": round(os.getloadavg()[0], 2),
        }
        emit(result, as_json, _text(result))


def _text(result: dict[str, Any]) -> str:
    text = (
        f"{result['examples_per_second']:,.0f} examples/s, {result['step_ms']:.1f} ms per step of "
        f"{result['batch_size']:,} (table of {result['table_rows']:,} rows, "
        f"{result['cpus']} CPUs, load {result['load_1min']}, "
        f"{result['gemm_gflops']:,.0f} GFLOP/s in a plain product)"
    )
    ratio = result["table_10x_step_ratio"]
    return text if ratio is None else f"{text}; a table ten times as large: {ratio:.2f}x per step"
