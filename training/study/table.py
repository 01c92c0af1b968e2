"""A table, as Markdown and as HTML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from training.compare.table import Line, with_digits

_BOLD = re.compile(r"\*\*(.*?)\*\*")


@dataclass(frozen=True)
class Table:
    """Cells of text; what stands between ``**`` is bold.

    Args:
        title: what it shows.
        heads: of the columns.
        rows: as many cells as there are heads; the first names the row.
        note: what has to be known to read it.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """Write it with its title as a heading."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        text = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
        return f"## {self.title}\n\n{text}\n" + (f"\n{self.note}\n" if self.note else "")

    def html(self) -> str:
        """Write it as a ``<figure>``."""
        heads = "".join(f'<th scope="col">{_rich(head)}</th>' for head in self.heads)
        rows = "\n".join(
            f'<tr><th scope="row">{_rich(row[0])}</th>'
            + "".join(f"<td>{_rich(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        note = f"<figcaption>{_rich(self.note)}</figcaption>\n" if self.note else ""
        return (
            f"<h2>{escape(self.title)}</h2>\n<figure>\n"
            f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody>\n</table></div>\n{note}</figure>"
        )


def measured(line: Line, split: str, metric: str, is_best: bool = False) -> str:
    """Write the mean of a metric over seeds, with its deviation where there are two or more."""
    value, deviation = line.mean(split, metric), line.deviation(split, metric)
    if value is None:
        return "failed" if line.failed else ""
    text = with_digits(metric, value)
    digits = len(text.partition(".")[2])
    shown = f"**{text}**" if is_best else text
    return shown if deviation is None else f"{shown} ± {deviation:.{digits}f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rich(text: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", escape(text))
