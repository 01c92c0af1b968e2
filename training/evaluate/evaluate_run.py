"""The evaluation of a trained model on a split."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from model.errors import InvalidInputError
from model.trained import TrainedModel
from training.evaluate.distance_to_bayes import distance_to_bayes
from training.evaluate.level_values import level_values
from training.evaluate.metrics import (
    auc,
    base_entropy,
    calibration_ratio,
    log_loss,
    normalised_entropy,
    probabilities,
)
from training.evaluate.plots import plot_evaluation
from training.evaluate.reliability import Reliability
from training.evaluate.scored import Scored
from training.evaluate.slices import field_calibration, field_of_rows, worst_slices
from training.train.prepared_data import PreparedData
from training.train.whole_file import write_whole
from training.writing import writing

MIN_SLICE_ROWS = 200


def evaluate(
    run: str | Path, data: str | Path, split: str, out: str | Path, min_slice_rows: int
) -> dict[str, Any]:
    """Measure a run's model on a split; writes ``evaluation.json`` and ``evaluation.png``.

    Args:
        run: folder of ``dynint train``.
        data: folder of ``dynint prepare``, with the model's spec and vocabulary.
        split: ``train``, ``valid`` or ``test``.
        out: where to write.
        min_slice_rows: levels with fewer rows are pooled.

    Returns:
        What ``evaluation.json`` holds.

    Raises:
        InvalidInputError: if the run has no model, the data are not the model's or have no labels,
            the split lacks a class, or ``out`` cannot be written.
    """
    folder = Path(run) / "model"
    if not folder.is_dir():
        raise InvalidInputError(
            f"run: must be a finished run of 'dynint train'; {run} "
            + ("has no model/" if Path(run).is_dir() else "does not exist")
        )
    prepared = PreparedData.open(data)
    prepared.require_labels()
    trained = TrainedModel.load(folder)
    for name, ours, theirs in (
        ("spec", trained.spec.digest, prepared.spec.digest),
        ("vocabulary", trained.vocabulary.digest, prepared.vocabulary.digest),
    ):
        if ours != theirs:
            raise InvalidInputError(
                f"data: {name} must be the model's, {ours[:12]}...; received {theirs[:12]}... "
                f"in {data}"
            )
    part = prepared.split(split)
    target = Path(out)
    with writing(target):
        _try_writing(target)
    scored = Scored.of(trained, part, split)
    labels, logits, truth = scored.labels, scored.logits, scored.truth
    p = probabilities(logits)
    fields, names = field_of_rows(trained.vocabulary), trained.spec.names
    values = level_values(prepared.path / "sample.jsonl", trained.spec, trained.vocabulary)
    report: dict[str, Any] = {
        "run": str(run),
        "model": trained.network.name_in_zoo,
        "data_digest": prepared.digest,
        "split": split,
        "rows": len(labels),
        "positive_rate": float(np.mean(labels, dtype=np.float64)),
        "auc": auc(labels, logits),
        "log_loss": log_loss(labels, logits),
        "base_entropy": base_entropy(labels),
        "normalised_entropy": normalised_entropy(labels, logits),
        "calibration_ratio": calibration_ratio(labels, logits),
        "calibration_error": Reliability.of(labels, p).error,
        "bayes": None if truth is None else distance_to_bayes(labels, logits, truth),
        "min_slice_rows": min_slice_rows,
        "fields": field_calibration(scored.sums, fields, names, min_slice_rows),
        "worst_slices": worst_slices(scored.sums, fields, names, min_slice_rows, values),
    }
    title = f"{report['model']} on {split} ({len(labels):,} rows)"
    text = json.dumps(report, indent=2, allow_nan=False)
    with writing(target):
        target.mkdir(parents=True, exist_ok=True)
        plot_evaluation(labels, logits, title, target / "evaluation.png")
        write_whole(target / "evaluation.json", text + "\n")
    return report


def _try_writing(folder: Path) -> None:
    """Find out whether a file can be written to a folder; one that is made for it goes again."""
    made = []
    for parent in (folder, *folder.parents):
        if parent.exists():
            break
        made.append(parent)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:  # without the temporary file's name
        raise OSError(error.errno, error.strerror, str(folder)) from error
    finally:
        for each in made:
            each.rmdir()
