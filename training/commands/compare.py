"""``dynint compare --config table1 --data data/clicks --out runs/table1``."""

from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say, tidied_up


def compare(
    *,
    config: Annotated[
        Path,
        typer.Option(
            help="TOML file with models and seeds, or a shipped one's name: table1 (all models), "
            "table2 (their interaction layers alone)."
        ),
    ] = Path("table1"),
    data: Annotated[Path, typer.Option(help="Folder written by 'dynint prepare'.")],
    out: Annotated[Path, typer.Option(help="Folder of the runs and the table.")],
    beside: Annotated[
        str | None,
        typer.Option(
            help="The paper's figures to put beside: criteo, avazu, ipinyou, criteo_layers."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Train several models with several seeds; run it again to go on after a kill.

    One model that fails does not lose the others; then the exit code is 1.
    """
    with exit_codes(), tidied_up():
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from training.compare.compare import compare as compare_models
        from training.compare.plan import Plan

        found = compare_models(Plan.load(config), data, out, beside)
        failed = sum(len(model["failed"]) for model in found["models"])
        emit({**found, "out": str(out)}, as_json, found["table"].rstrip())
        say(f"wrote {out}/comparison.md, .csv, .png and .json; the runs are in {out}/runs")
        if failed:
            say(f"error: {failed} of the runs failed; run the command again to try them anew")
            raise typer.Exit(1)
