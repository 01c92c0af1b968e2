"""``dynint evaluate --run runs/dgp --data data/clicks``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes


def evaluate(
    *,
    run: Annotated[Path, typer.Option(help="Folder of a finished 'dynint train'.")],
    data: Annotated[Path, typer.Option(help="Folder written by 'dynint prepare'.")],
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "test",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write.  [RUN/evaluation/SPLIT; SPLIT-DIGEST for other data than the run's]"
        ),
    ] = None,
    min_slice_rows: Annotated[
        int, typer.Option(help="Levels with fewer rows are pooled per field.", min=1)
    ] = 200,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one object as the last line.")
    ] = False,
) -> None:
    """Measure a trained model: AUC, LogLoss, calibration by field and level, plots."""
    with exit_codes():
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from training.evaluate.evaluate_run import evaluate as evaluate_run
        from training.evaluate.evaluation_folder import evaluation_folder

        target = out or evaluation_folder(run, data, split)
        report = evaluate_run(run, data, split, target, min_slice_rows)
        emit({**report, "out": str(target)}, as_json, _text(report, target))


def _text(report: dict[str, Any], out: Path) -> str:
    lines = [
        f"{report['model']} on {report['split']}: {report['rows']:,} rows, "
        f"{report['positive_rate']:.2%} clicked",
        f"  AUC                 {report['auc']:.5f}",
        f"  LogLoss             {report['log_loss']:.5f}",
        f"  normalised entropy  {report['normalised_entropy']:.5f}",
        f"  calibration ratio   {report['calibration_ratio']:.4f}   (predicted / observed clicks)",
        f"  calibration error   {report['calibration_error']:.5f}",
    ]
    bayes = report["bayes"]
    if bayes:
        lines.append(
            f"  best possible       AUC {bayes['auc']:.5f} ({-bayes['auc_gap']:+.5f}), "
            f"LogLoss {bayes['log_loss']:.5f} ({bayes['log_loss_gap']:+.5f})"
        )
    if report["worst_slices"]:
        lines.append(f"  worst levels with {report['min_slice_rows']:,} rows or more:")
    for entry in report["worst_slices"][:5]:
        level = f"row {entry['table_row']}" if entry["level"] is None else entry["level"]
        lines.append(
            f"    {entry['field']} = {level}: {entry['rows']:,} rows, {entry['clicks']:,} clicks, "
            f"{entry['predicted']:,.1f} predicted ({entry['deviation']:+.1f} deviations)"
        )
    return "\n".join([*lines, f"wrote {out}/evaluation.json, {out}/evaluation.png"])
