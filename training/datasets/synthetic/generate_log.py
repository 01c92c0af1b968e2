"""Writes a generated log beside the probabilities it was drawn from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from model.errors import InvalidInputError
from training.datasets.synthetic.bayes_meter import BayesMeter
from training.datasets.synthetic.drift import Drift
from training.datasets.synthetic.planted_truth import FIELDS, PlantedTruth

BLOCK_ROWS = 16_384
"""Rows drawn from one random stream; the log's first rows are the same whatever its length."""


def bayes_path(log: Path) -> Path:
    """Where a generated log's click probabilities are: float64 ``(lines,)``, one per line."""
    return log.with_name(f"{log.name}.bayes.npy")


def truth_path(log: Path) -> Path:
    """Where a generated log's summary is (JSON)."""
    return log.with_name(f"{log.name}.truth.json")


def generate_log(
    path: Path,
    rows: int,
    seed: int = 1,
    *,
    day: int = 0,
    drift: float = 0.0,
    advance: Callable[[int], object] = lambda done: None,
) -> dict[str, Any]:
    """Write a Criteo-shaped log of any size, its click probabilities and their summary.

    Logs of one seed share the truth, whatever their length; other days are other rows, of a truth
    that has moved if there is drift (``Drift``). Memory does not grow with ``rows``. The log appears
    last: one that is there is whole, and so are the files beside it.

    Args:
        path: the log, plain text; ``bayes_path`` and ``truth_path`` say where the rest goes.
        rows: how many, at least 1.
        seed: of the planted truth and the draws, not negative.
        day: of the draws, and of the truth if it drifts; not negative.
        drift: how fast the truth moves, 0 to below 1.
        advance: told how many rows are written.

    Returns:
        ``rows``, ``seed``, ``day``, ``drift``, ``positive_rate``, and ``bayes_auc`` and ``bayes_logloss``: AUC
        (``None`` unless both labels occur) and LogLoss of the true probabilities on this log's
        labels.

    Raises:
        InvalidInputError: if an argument breaks its rule.
    """
    for name, value, least in (("rows", rows, 1), ("seed", seed, 0)):
        if value < least:
            raise InvalidInputError(f"{name}: must be at least {least}; received {value}")
    moved = Drift(day, drift)
    truth = PlantedTruth(seed, moved)
    texts = {field.name: field.texts(moved) for field in FIELDS}
    meter = BayesMeter()
    files = path, bayes_path(path), truth_path(path)
    partial = [file.with_name(f".{file.name}.partial") for file in files]
    try:
        with partial[0].open("wb") as log, partial[1].open("wb") as bayes:
            header = {"descr": "<f8", "fortran_order": False, "shape": (rows,)}
            np.lib.format.write_array_header_1_0(bayes, header)
            for start in range(0, rows, BLOCK_ROWS):
                count = min(BLOCK_ROWS, rows - start)
                random = np.random.default_rng([seed, day, start // BLOCK_ROWS])
                levels = truth.draw(random, BLOCK_ROWS)
                chance = truth.probability(levels)[:count]
                labels = random.random(BLOCK_ROWS)[:count] < chance
                meter.add(chance, labels.astype(np.float32))
                bayes.write(chance.astype("<f8").data)
                _write_lines(log, labels, {name: levels[name][:count] for name in texts}, texts)
                advance(start + count)
        info = {
            "rows": rows,
            "seed": seed,
            "day": day,
            "drift": drift,
            "positive_rate": meter.positives / rows,
            "bayes_auc": meter.auc,
            "bayes_logloss": meter.logloss,
        }
        partial[2].write_text(json.dumps(info) + "\n", encoding="utf-8")
        for staged, file in reversed(list(zip(partial, files, strict=True))):
            staged.rename(file)
        return info
    finally:
        for file in partial:
            file.unlink(missing_ok=True)


def _write_lines(
    log: Any,
    labels: npt.NDArray[np.bool_],
    levels: dict[str, npt.NDArray[np.int32]],
    texts: dict[str, Any],
) -> None:
    columns = [pa.array(labels.astype(np.int8))]
    columns += [texts[name].take(pa.array(chosen)) for name, chosen in levels.items()]
    table = pa.table(columns, names=["label", *levels])
    options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    csv.write_csv(table, log, options)
