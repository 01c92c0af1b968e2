"""From the columns of a log to labels and fields."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from model.errors import InvalidInputError
from training.datasets.bad_line import shown
from training.datasets.block import Coded
from training.datasets.recipe import Recipe
from training.datasets.rules import Rule

_REFUSED = -1


class Assembled(NamedTuple):
    """What ``assemble`` made.

    Args:
        keep: places of the good rows; ``None`` if all are.
        labels: of the good rows; NaN where there are none.
        columns: by field, the good rows.
        times: the hour of each good row, where somebody needs it.
        refused: by place: the reason and its kind.
    """

    keep: npt.NDArray[np.int64] | None
    labels: npt.NDArray[np.float32]
    columns: dict[str, Coded]
    times: Coded | None
    refused: dict[int, tuple[str, str]]


def assemble(raw: Mapping[str, Coded], rows: int, recipe: Recipe) -> Assembled:
    """Make labels and fields; a row with a label or a text that is refused is left out.

    Args:
        raw: the log's columns by name, ``(rows,)`` each.
        rows: how many rows there are.
        recipe: what to make of them.
    """
    refused: dict[int, tuple[str, str]] = {}
    labels = _labels(raw, rows, recipe, refused)
    times = None
    if recipe.time:
        name, layout = recipe.time
        times = _made(raw[name], layout.hour, f"column {name!r}", "time", refused)
    columns = {}
    for column in recipe.columns:
        found = raw[column.raw]
        if column.rule:
            found = _made(found, column.rule, f"column {column.raw!r}", "derived value", refused)
        columns[column.name] = found
    if not refused:
        return Assembled(None, labels, columns, times, refused)
    good = np.ones(rows, np.bool_)
    good[list(refused)] = False
    keep = np.flatnonzero(good)
    columns = {name: Coded(found.texts, found.codes[keep]) for name, found in columns.items()}
    times = Coded(times.texts, times.codes[keep]) if times else None
    return Assembled(keep, labels[keep], columns, times, refused)


def grouped(texts: list[str], codes: npt.NDArray[np.int32]) -> Coded:
    """Make a column of texts that may be equal one with each distinct text once."""
    places: dict[str, int] = {}
    of_text = np.array([places.setdefault(text, len(places)) for text in texts], np.int32)
    return Coded(pa.array(list(places), pa.string()), of_text[codes])


def _labels(
    raw: Mapping[str, Coded], rows: int, recipe: Recipe, refused: dict[int, tuple[str, str]]
) -> npt.NDArray[np.float32]:
    if recipe.clicks:
        keys = raw[recipe.clicks.key]
        ids = recipe.clicks.ids
        clicked = np.array([text in ids for text in keys.texts.to_pylist()], np.float32)
        return clicked[keys.codes]
    if recipe.label is None:
        return np.full(rows, np.nan, np.float32)
    found = raw[recipe.label]
    texts = found.texts.to_pylist()
    is_label = np.array([text in {"0", "1"} for text in texts], np.bool_)
    if not is_label.all():
        for place in np.flatnonzero(~is_label[found.codes]).tolist():
            text = texts[found.codes[place]]
            refused[place] = f"the label must be 0 or 1; received {shown(text)}", "label"
    return np.array([text == "1" for text in texts], np.float32)[found.codes]


def _made(
    column: Coded, rule: Rule, what: str, kind: str, refused: dict[int, tuple[str, str]]
) -> Coded:
    """Apply a rule to each distinct text once; texts that become equal are one level."""
    places: dict[str, int] = {}
    codes = np.empty(len(column.texts), np.int32)
    reasons: dict[int, str] = {}
    for code, text in enumerate(column.texts.to_pylist()):
        try:
            codes[code] = places.setdefault(rule(text), len(places))
        except InvalidInputError as error:
            codes[code] = _REFUSED
            reasons[code] = str(error)
    made = codes[column.codes]
    if reasons:
        for place in np.flatnonzero(made == _REFUSED).tolist():
            reason = f"{what}: {reasons[int(column.codes[place])]}"
            refused.setdefault(place, (reason, kind))
    return Coded(pa.array(list(places), pa.string()), made)
