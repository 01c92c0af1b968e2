"""``dynint compare --config table1 --data data/clicks --out runs/table1``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.console import emit, exit_codes, say, tidied_up
from model.errors import InvalidInputError

if TYPE_CHECKING:
    from training.compare.raw import Raw


def compare(
    *,
    config: Annotated[
        Path,
        typer.Option(
            help="TOML file with models and seeds, or a shipped one's name: table1 (all models), "
            "table2 (their interaction layers alone), avazu, ipinyou, frappe, criteo_70k (with the "
            "rules by which the raw logs are prepared)."
        ),
    ] = Path("table1"),
    data: Annotated[
        Path | None, typer.Option(help="Folder written by 'dynint prepare'; or give --raw.")
    ] = None,
    raw: Annotated[
        list[Path] | None,
        typer.Option(help="Raw logs, prepared into OUT as the plan's [prepare] says."),
    ] = None,
    clicks: Annotated[
        list[Path] | None, typer.Option(help="With --raw: click logs, as for 'dynint prepare'.")
    ] = None,
    valid: Annotated[
        list[Path] | None, typer.Option(help="With --raw: logs that are the validation split.")
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option(help="With --raw: logs that are the test split.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs and the table.")],
    only: Annotated[
        list[str] | None,
        typer.Option(help="A model's label: only those given are trained, and in the table."),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="In place of the plan's, as 1,2,3.", show_default=False)
    ] = None,
    beside: Annotated[
        str | None,
        typer.Option(
            help="Published figures to put beside: the paper's (criteo, avazu, ipinyou, criteo_layers) "
            "or the open benchmark's (frappe)."
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
        from training.compare.plan import Plan, parse_seeds

        plan = Plan.load(config).part(only or (), parse_seeds(seeds))
        source = _source(data, raw, clicks, valid, test)
        found = compare_models(plan, source, out, beside)
        failed = sum(len(model["failed"]) for model in found["models"])
        emit({**found, "out": str(out)}, as_json, found["table"].rstrip())
        say(f"wrote {out}/comparison.md, .csv, .png and .json; the runs are in {out}/runs")
        if failed:
            say(f"error: {failed} of the runs failed; run the command again to try them anew")
            raise typer.Exit(1)


def _source(
    data: Path | None,
    raw: list[Path] | None,
    clicks: list[Path] | None,
    valid: list[Path] | None,
    test: list[Path] | None,
) -> "Path | Raw":
    from training.compare.raw import Raw

    if (data is None) == (not raw):
        raise InvalidInputError(
            "--data: give either prepared data or raw logs by --raw; received "
            + ("neither" if data is None else "both")
        )
    if data is None:
        return Raw(*(tuple(paths or ()) for paths in (raw, clicks, valid, test)))
    for name, given in {"--clicks": clicks, "--valid": valid, "--test": test}.items():
        if given:
            raise InvalidInputError(f"{name}: goes with --raw; received {given[0]} with --data")
    return data
