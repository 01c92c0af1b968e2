"""``python -m training.datasets.synthetic --out logs --days 10 --rows 100000 --drift 0.05``."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, say
from training.datasets.synthetic.generate_days import START, generate_days


def main(
    *,
    out: Annotated[Path, typer.Option(help="Folder of the logs, one a day: 2026-01-01.txt ...")],
    days: Annotated[int, typer.Option(help="How many days.")] = 10,
    rows: Annotated[int, typer.Option(help="Rows of each day.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Of the planted truth and the draws.")] = 1,
    drift: Annotated[
        float,
        typer.Option(
            help="Share of the truth, and of the ids, that is new each day: 0 to below 1."
        ),
    ] = 0.05,
    first: Annotated[int, typer.Option(help="Number of the first day.")] = 0,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The date of day 0.")
    ] = datetime.combine(START, datetime.min.time()),  # noqa: B008  (a constant)
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one object as the last line.")
    ] = False,
) -> None:
    """Write dated logs in Criteo's format whose truth drifts, with its probabilities beside them."""
    with exit_codes():
        found: dict[str, Any] = {}

        def told(path: Path, info: dict[str, Any]) -> None:
            found[path.name] = info
            say(f"{path}: {info['rows']:,} rows, Bayes LogLoss {info['bayes_logloss']:.5f}")

        dated: date = start.date()
        generate_days(out, days, rows, seed, drift=drift, first=first, start=dated, told=told)
        emit({"out": str(out), "days": found}, as_json, f"wrote {len(found)} logs in {out}")


if __name__ == "__main__":
    typer.run(main)
