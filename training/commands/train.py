"""``dynint train --config training/configs/dynint_dgp.toml --data data/clicks --out runs/dgp``."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes


def train(
    *,
    config: Annotated[
        Path,
        typer.Option(
            help="TOML file with the run's settings, or a shipped one's name: dynint_dgp, "
            "dynint_da, dynint_dwp, xdeepint, lr. Its [model] name is any network's: docs/models.md."
        ),
    ] = Path("dynint_dgp"),
    data: Annotated[Path, typer.Option(help="Folder written by 'dynint prepare'.")],
    out: Annotated[Path, typer.Option(help="The run's folder; a run that is there is resumed.")],
    seed: Annotated[
        int | None, typer.Option(help="In place of training.seed.", show_default=False)
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            help="group_ftrl (with FTRL) or adam, with their default arguments, in place of the "
            "file's optimizers.",
            show_default=False,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="TABLE.KEY=VALUE",
            help="One setting in place of the file's; may be repeated.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(help="Go on with the run in --out; --no-resume removes it and starts anew."),
    ] = True,
    warm_start: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Start from this finished run's best state, the optimizer's included; data "
            "prepared with --carry RUN. Name it again to go on after a kill (docs/retraining.md).",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one object as the last line.")
    ] = False,
) -> None:
    """Train a model on prepared data; run it again to go on after a kill."""
    with exit_codes():
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from training.train.run_config import RunConfig
        from training.train.train_run import train as train_model

        settled = RunConfig.load(config, settings or (), seed, optimizer)
        result = train_model(settled, data, out, resume, warm_start)
        emit({"out": str(out), **result}, as_json, _text(result, data, out))


def _text(result: dict[str, Any], data: Path, out: Path) -> str:
    from training.train.warm_start import warm_text

    metrics = result["metrics"]
    name = result["config"]["model"]["name"]
    early = ", stopped early" if result["stopped_early"] else ""
    speed = f"{result['examples_per_second']:,.0f} examples/s"
    warm = result.get("warm_start")
    started = f"  warm   {warm_text(warm)}\n" if warm else ""
    return (
        f"{name}: {result['steps']:,} steps{early}, {speed}; kept step {result['best_step']:,}\n"
        f"{started}"
        f"  valid  AUC {metrics['valid']['auc']:.4f}  LogLoss {metrics['valid']['log_loss']:.4f}\n"
        f"  test   AUC {metrics['test']['auc']:.4f}  LogLoss {metrics['test']['log_loss']:.4f}\n"
        f"wrote {out}/model, {out}/run.json, {out}/metrics.jsonl, {out}/curves.png\n"
        f"next: dynint evaluate --run {shlex.quote(str(out))} --data {shlex.quote(str(data))}"
    )
