"""``dynint retrain --config retrain.toml``."""

from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say, tidied_up


def retrain(
    *,
    config: Annotated[
        Path, typer.Option(help="TOML file that says everything (docs/retraining.md).")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    cold: Annotated[
        bool,
        typer.Option("--cold", help="Start anew, and beside no other: no live release counts."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Do it once more although it is over for these logs.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Bring a better model live from new logs, or say why not; made for the nightly timer.

    Exit codes: 0 promoted, rolled back by somebody since, or nothing new; 1 refused by a check, a
    gate or the canary; 2 bad input; 3 another retraining is at work. Killed, it goes on where it was
    when it is run again.
    """
    with exit_codes(), tidied_up():
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from training.retrain.config import RetrainConfig
        from training.retrain.retrain import forecast
        from training.retrain.retrain import retrain as run

        settings = RetrainConfig.load(config)
        if dry_run:
            lines = forecast(settings, cold, again)
            emit({"dry_run": True, "plan": lines}, as_json, "\n".join(lines))
            return
        done = run(settings, cold, again)
        result = {
            "outcome": done.outcome,
            "reason": done.reason,
            "version": done.version,
            "run": None if done.folder is None else str(done.folder),
        }
        lines = [f"outcome    {done.outcome}"]
        if done.reason:
            lines.append(f"why        {done.reason}")
        if done.version:
            lines.append(f"live       {settings.release.name} version {done.version}")
        if done.folder is not None:
            say(f"report: {done.folder}/report.html")
        emit(result, as_json, "\n".join(lines))
        if done.outcome == "refused":
            raise typer.Exit(1)
