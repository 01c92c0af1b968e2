"""From the bytes of whole lines to columns.

Arrow's CSV reader does the work; a block it will not take as it is (bad lines, empty lines,
carriage returns inside a value) goes line by line through Python first.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from training.datasets.bad_line import BadLine, shown
from training.datasets.block import Block, Coded
from training.datasets.byte_blocks import ByteBlock
from training.datasets.reserved import LABEL

_ARROW_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"


def parse_block(
    block: ByteBlock,
    *,
    file: str,
    first_row: int,
    names: Sequence[str],
    separator: str,
    labelled: bool,
    pool: Executor,
) -> Block:
    """Parse lines; those with a wrong number of columns, bad UTF-8 or a bad label become bad lines.

    Args:
        block: whole lines.
        file: path of the log, for messages.
        first_row: row number of the first line.
        names: the columns, in order, without the label's.
        separator: what parts columns.
        labelled: whether the label's column comes first.
        pool: where columns are encoded side by side.
    """
    every = [LABEL, *names] if labelled else list(names)
    bad: list[BadLine] = []
    empty = 0
    rows = np.arange(first_row, first_row + block.lines, dtype=np.int64)
    columns = _arrow(block.data, every, separator, block.lines, pool)
    if columns is None:
        good, bad, empty = _sift(block, file, separator, len(names), labelled)
        rows = rows[good]
        lines = block.data.split(b"\n")
        kept = [lines[place] for place in good]
        data = b"".join(line + b"\n" for line in kept)
        columns = _arrow(data, every, separator, len(kept), pool)
        if columns is None:
            columns = _exact(kept, every, separator, pool)

    labels = np.full(len(rows), np.nan, np.float32)
    if labelled:
        raw = columns.pop(LABEL)
        texts = raw.texts.to_pylist()
        is_label = np.array([text in {"0", "1"} for text in texts], dtype=np.bool_)
        as_number = np.array([text == "1" for text in texts], dtype=np.float32)
        labels = as_number[raw.codes]
        if not is_label.all():
            keep = is_label[raw.codes]
            for place in np.flatnonzero(~keep).tolist():
                line = int(rows[place]) - first_row + block.first_line
                text = texts[raw.codes[place]]
                reason = f"the label must be 0 or 1; received {shown(text)}"
                bad.append(BadLine(file, line, reason, "label"))
            bad.sort(key=lambda entry: entry.line)
            rows, labels = rows[keep], labels[keep]
            columns = {
                name: Coded(column.texts, column.codes[keep]) for name, column in columns.items()
            }
    return Block(
        file=file,
        first_row=first_row,
        first_line=block.first_line,
        lines=block.lines,
        rows=rows,
        labels=labels,
        columns=columns,
        bad=bad,
        empty=empty,
        done=block.done,
    )


def _arrow(
    data: bytes, names: Sequence[str], separator: str, lines: int, pool: Executor
) -> dict[str, Coded] | None:
    """Parse with Arrow; ``None`` if it refuses, or would read the lines otherwise than meant.

    Arrow ends lines at a lone carriage return too, skips a byte order mark, and takes an empty line
    for a row of missing values.
    """
    if not lines:
        return {name: Coded(pa.array([], pa.string()), np.empty(0, np.int32)) for name in names}
    if b"\r" in data or b"\n\n" in data or data.startswith((_BOM, b"\n")):
        return None
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(column_names=list(names), block_size=_ARROW_BLOCK),
            parse_options=csv.ParseOptions(
                delimiter=separator, quote_char=False, escape_char=False, ignore_empty_lines=False
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != lines:
        return None
    return _coded(table, pool)


def _exact(
    lines: list[bytes], names: Sequence[str], separator: str, pool: Executor
) -> dict[str, Coded]:
    """Parse lines that have the right number of columns by splitting each one."""
    cells = zip(*(line.decode().split(separator) for line in lines), strict=True)
    arrays = [pa.array(column, pa.string()) for column in cells]
    return _coded(pa.table(dict(zip(names, arrays, strict=True))), pool)


def _coded(table: Any, pool: Executor) -> dict[str, Coded]:
    return dict(zip(table.column_names, pool.map(_encoded, table.columns), strict=True))


def _encoded(column: Any) -> Coded:
    """Find a column's distinct texts; Arrow gives every chunk the same dictionary."""
    chunks = column.dictionary_encode().chunks
    return Coded(
        chunks[-1].dictionary, np.concatenate([chunk.indices.to_numpy() for chunk in chunks])
    )


def _sift(
    block: ByteBlock, file: str, separator: str, fields: int, labelled: bool
) -> tuple[npt.NDArray[np.int64], list[BadLine], int]:
    """Find the lines that can be rows, by place; the bad ones; and how many are empty."""
    parted = separator.encode()
    width, other = (fields + 1, fields) if labelled else (fields, fields + 1)
    hint = "no label? see --no-label" if labelled else "labels? leave out --no-label"
    good: list[int] = []
    bad: list[BadLine] = []
    empty = 0
    for place, line in enumerate(block.data.split(b"\n")[:-1]):
        number = block.first_line + place
        if not line:
            empty += 1
        elif not _is_text(line):
            bad.append(BadLine(file, number, "must be text in UTF-8", "not UTF-8"))
        elif (found := line.count(parted) + 1) != width:
            reason = f"must have {width} columns; received {found}"
            reason += f" ({hint})" if found == other else ""
            bad.append(BadLine(file, number, reason, "column count"))
        else:
            good.append(place)
    return np.array(good, dtype=np.int64), bad, empty


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
