"""``dynint demo``: from a generated log to scores, with the commands a user would type."""

from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes


def demo(
    out: Annotated[Path, typer.Option(help="Folder for everything it makes; replaced.")] = Path(
        "demo"
    ),
    rows: Annotated[int, typer.Option(help="Rows of the generated log.", min=20_000)] = 300_000,
    seed: Annotated[int, typer.Option(help="Seed of the log, the split and the training.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one object as the last line.")
    ] = False,
) -> None:
    """Go the whole way: generate a log, prepare, train, evaluate, fold, export, verify, serve, score."""
    with exit_codes():
        from training.demo.report import render
        from training.demo.run import run_demo

        result = run_demo(out, rows, seed)
        emit(result, as_json, render(result))
