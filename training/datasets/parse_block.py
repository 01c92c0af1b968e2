"""From the bytes of whole lines to columns.

Arrow's CSV reader does the work; a block it will not take as it is (bad lines, empty lines,
carriage returns inside a value) goes line by line through Python first.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from training.datasets.assemble import assemble
from training.datasets.bad_line import BadLine
from training.datasets.block import Block, Coded
from training.datasets.byte_blocks import ByteBlock
from training.datasets.recipe import Recipe
from training.datasets.sift import sift
from training.datasets.text_layout import TextLayout

_ARROW_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"


def parse_block(
    block: ByteBlock,
    *,
    file: str,
    place: int,
    first_row: int,
    layout: TextLayout,
    recipe: Recipe,
    pool: Executor,
) -> Block:
    """Parse lines; what breaks a rule of the layout or the recipe becomes a bad line.

    Args:
        block: whole lines.
        file: path of the log, for messages.
        place: which of the logs it is.
        first_row: row number of the first line.
        layout: how lines are made up.
        recipe: what to read and to make of it.
        pool: where columns are encoded side by side.
    """
    bad: list[BadLine] = []
    empty = 0
    rows = np.arange(first_row, first_row + block.lines, dtype=np.int64)
    raw = _arrow(block.data, layout, recipe.needed, block.lines, pool)
    if raw is None:
        good, bad, empty = sift(block, file, layout)
        rows = rows[good]
        lines = block.data.split(b"\n")
        kept = [lines[number] for number in good]
        data = b"".join(line + b"\n" for line in kept)
        raw = _arrow(data, layout, recipe.needed, len(kept), pool)
        if raw is None:
            raw = _exact(kept, layout, recipe.needed, pool)
    made = assemble(raw, len(rows), recipe)
    if made.refused:
        first = block.first_line - first_row
        for row, (reason, kind) in made.refused.items():
            bad.append(BadLine(file, int(rows[row]) + first, reason, kind))
        bad.sort(key=lambda entry: entry.line)
    return Block(
        file=file,
        place=place,
        first_row=first_row,
        first_line=block.first_line,
        lines=block.lines,
        rows=rows if made.keep is None else rows[made.keep],
        labels=made.labels,
        columns=made.columns,
        times=made.times,
        bad=bad,
        empty=empty,
        done=block.done,
    )


def encoded(column: Any) -> Coded:
    """Find a column's distinct texts; Arrow gives every chunk the same dictionary."""
    chunks = column.dictionary_encode().chunks
    return Coded(
        chunks[-1].dictionary, np.concatenate([chunk.indices.to_numpy() for chunk in chunks])
    )


def _arrow(
    data: bytes, layout: TextLayout, needed: tuple[str, ...], lines: int, pool: Executor
) -> dict[str, Coded] | None:
    """Parse with Arrow; ``None`` if it refuses, or would read the lines otherwise than meant.

    Arrow ends lines at a lone carriage return too, skips a byte order mark, takes an empty line for
    a row of missing values, forgives quotes in wrong places, and looks at no column that is not
    asked for.
    """
    if not lines:
        return {name: Coded(pa.array([], pa.string()), np.empty(0, np.int32)) for name in needed}
    if b"\r" in data or b"\n\n" in data or data.startswith((_BOM, b"\n")):
        return None
    if len(needed) < len(layout.names) and not _is_text(data):
        return None
    quotes = layout.has_quotes(data)
    if quotes and not layout.is_sound(data):
        return None
    # Columns go by their places: two that nobody needs may have one name.
    asked = [str(place) for place in layout.places(needed)]
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(
                column_names=[str(place) for place in range(len(layout.names))],
                block_size=_ARROW_BLOCK,
            ),
            parse_options=csv.ParseOptions(
                delimiter=layout.separator,
                quote_char='"' if quotes else False,
                escape_char=False,
                ignore_empty_lines=False,
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(asked, pa.string()),
                strings_can_be_null=False,
                include_columns=asked,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != lines:
        return None
    return _coded(table, needed, pool)


def _exact(
    lines: Sequence[bytes], layout: TextLayout, needed: tuple[str, ...], pool: Executor
) -> dict[str, Coded]:
    """Parse lines that have the right number of columns by splitting each one."""
    places = layout.places(needed)
    cells = [layout.split(line) for line in lines]
    arrays = [pa.array([row[place] for row in cells], pa.string()) for place in places]
    return _coded(pa.table(arrays, names=list(needed)), needed, pool)


def _coded(table: Any, names: Sequence[str], pool: Executor) -> dict[str, Coded]:
    return dict(zip(names, pool.map(encoded, table.columns), strict=True))


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
