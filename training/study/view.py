"""What a study shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure

from training.study.table import Table


@dataclass(frozen=True)
class View:
    """Words, tables, a picture, files.

    Args:
        said: what was found, a sentence each.
        tables: the most important one first.
        figure: ``None`` if nothing can be drawn yet.
        figure_first: whether the picture says more than the tables.
        described: the picture in words, for who does not see it.
        files: further CSV files by name.
        details: what ``results.json`` holds beside the runs.
    """

    said: Sequence[str]
    tables: Sequence[Table]
    figure: Figure | None
    figure_first: bool
    described: str
    files: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
