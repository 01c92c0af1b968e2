"""Calibration within the levels of each field."""

from typing import Any

import numpy as np
import numpy.typing as npt

from model.features import Vocabulary
from training.evaluate.level_sums import LevelSums

WORST = 20


def field_of_rows(vocabulary: Vocabulary) -> npt.NDArray[np.int64]:
    """Return the field of every row of the embedding table, ``(table rows,)``."""
    fields = np.empty(vocabulary.n_rows, np.int64)
    fields[: vocabulary.n_fields] = np.arange(vocabulary.n_fields)
    fields[vocabulary.rows] = vocabulary.fields
    return fields


def field_calibration(
    sums: LevelSums, fields: npt.NDArray[np.int64], names: tuple[str, ...], min_rows: int
) -> list[dict[str, Any]]:
    """Return how far predictions are off within the levels of each field.

        error = sum_l (n_l / n) |sum_l p / n_l - sum_l y / n_l|

    Levels with fewer than ``min_rows`` rows are pooled into one, or chance would make up most of
    the error.

    Returns:
        One object per field, the worst first: ``field``, ``calibration_error``, ``slices``,
        ``pooled_rows``.
    """
    result = []
    for index, name in enumerate(names):
        mine = fields == index
        rows, clicks, predicted = sums.rows[mine], sums.clicks[mine], sums.predicted[mine]
        big = rows >= min_rows
        gap = np.append(predicted[big] - clicks[big], predicted[~big].sum() - clicks[~big].sum())
        result.append(
            {
                "field": name,
                "calibration_error": float(np.abs(gap).sum() / rows.sum()),
                "slices": int(big.sum()),
                "pooled_rows": int(rows[~big].sum()),
            }
        )
    return sorted(result, key=lambda entry: -float(entry["calibration_error"]))


def worst_slices(
    sums: LevelSums,
    fields: npt.NDArray[np.int64],
    names: tuple[str, ...],
    min_rows: int,
    values: dict[int, Any],
    most: int = WORST,
) -> list[dict[str, Any]]:
    """Return the levels whose predictions chance explains least.

        deviation = (sum p - sum y) / sqrt(sum p (1 - p))        in standard deviations

    Args:
        sums: of the rows that were scored.
        fields: field of every row of the table.
        names: of the fields.
        min_rows: levels with fewer rows are left out.
        values: raw value by row of the table, where it is known.
        most: how many to return at most.

    Returns:
        Up to ``most`` objects, the largest ``|deviation|`` first.
    """
    rows = np.flatnonzero(sums.rows >= min_rows)
    spread = np.sqrt(np.maximum(sums.variance[rows], np.finfo(np.float64).tiny))
    deviations = (sums.predicted[rows] - sums.clicks[rows]) / spread
    result = []
    for place in np.argsort(-np.abs(deviations), kind="stable")[:most]:
        row = int(rows[place])
        clicks = float(sums.clicks[row])
        result.append(
            {
                "field": names[fields[row]],
                "table_row": row,
                "level": "out of vocabulary" if row < len(names) else values.get(row),
                "rows": int(sums.rows[row]),
                "clicks": int(clicks),
                "predicted": float(sums.predicted[row]),
                "ratio": float(sums.predicted[row] / clicks) if clicks else None,
                "deviation": float(deviations[place]),
            }
        )
    return result
