"""``dynint bench days --days 10 --json``: a log a day, a retraining each night."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say


def days(
    number: Annotated[int, typer.Option("--days", min=2, help="How many days.")] = 10,
    rows: Annotated[int, typer.Option(min=5000, help="Rows of each day.")] = 40_000,
    drift: Annotated[float, typer.Option(min=0, max=0.9, help="How fast the truth moves.")] = 0.08,
    seed: Annotated[int, typer.Option(min=0, help="Of the planted truth.")] = 1,
    work: Annotated[
        Path | None, typer.Option(help="Keep logs, runs and releases here (an empty folder).")
    ] = None,
    plot: Annotated[Path, typer.Option(help="Where to write the plot.")] = Path("days.png"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play days of drifting logs: how far from the best possible are two models?

    One is retrained each night by ``dynint retrain``, the other is the first night's for ever. Both
    are scored on each day's rows before anybody has learnt from them.
    """
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from benchmarks.days.plot import plot_days
        from benchmarks.days.simulation import as_json as in_json
        from benchmarks.days.simulation import play

        home = Path(folder) if work is None else work
        home.mkdir(parents=True, exist_ok=True)
        found = play(home.resolve(), number, rows, drift, seed, say)
        plot_days(found, plot)
        half = len(found) // 2
        means = {
            f"{name}_{part}": sum(getattr(day, name) for day in chosen) / len(chosen)
            for name in ("daily", "never")
            for part, chosen in (("first_half", found[:half]), ("second_half", found[half:]))
        }
        promoted = sum(not day.refused for day in found)
        text = (
            f"{promoted} of {len(found)} nights promoted\n"
            f"retrained: {means['daily_first_half']:.4f}, then {means['daily_second_half']:.4f} above "
            f"the best possible LogLoss; never: {means['never_first_half']:.4f}, then "
            f"{means['never_second_half']:.4f}\nwrote {plot}"
        )
        emit({"days": in_json(found), "promoted": promoted, **means}, as_json, text)
