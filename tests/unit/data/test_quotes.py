import csv
import io
import random
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from tests.unit.data.reading import rows_of
from training.datasets import DelimitedFormat
from training.datasets.column import Column

LOG = DelimitedFormat(
    name="mine",
    about="for a test",
    columns=tuple(Column(name, "categorical", "context") for name in ("a", "b", "c")),
    separator=",",
    header="first line",
    label="click",
    quoted=True,
)


def read(folder: Path, data: str | bytes, size: int = 1 << 20):
    path = folder / "log.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return rows_of(LOG, [path], block_bytes=size)


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize("bad_line", ["", '0,"a,b\n'])
def test_reads_what_a_writer_of_csv_writes(tmp_path: Path, size: int, bad_line: str):
    source = random.Random(3)
    cells = [["".join(source.choices('xy", é\r', k=source.randrange(5))) for _ in range(3)]
             for _ in range(300)]  # fmt: skip
    # A carriage return before a line's end would belong to it: the last column has none.
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["click", "b", "c", "a", "end"])
    writer.writerows([["1", row[1], row[2], row[0], "."] for row in cells])
    rows, bad = read(tmp_path, out.getvalue() + bad_line, size)
    assert [[texts[name] for name in "abc"] for _, _, texts in rows] == cells
    assert len(bad) == bool(bad_line)


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_quotes_in_wrong_places_make_a_bad_line_and_swallow_no_other(tmp_path: Path, size: int):
    wrong = ['1,"x,y,z', '1,x"y,y,z', '1,"x"y,y,z', '1,x,y,z"', '1,"""x,y,z', '"1,x,y,z']
    lines = ["click,a,b,c", *(line for text in wrong for line in (text, '0,"g",h,"i,i"')), ""]
    rows, bad = read(tmp_path, "\n".join(lines), size)
    assert [texts for _, _, texts in rows] == [{"a": "g", "b": "h", "c": "i,i"}] * len(wrong)
    assert [entry.line for entry in bad] == [2 + 2 * place for place in range(len(wrong))]
    assert {entry.reason for entry in bad} == {
        "quotes must enclose a whole column and be doubled inside it"
    }


def test_a_header_may_be_quoted_and_must_be_so_rightly(tmp_path: Path):
    rows, _ = read(tmp_path, '"click","b","c","a"\n1,,"",x\n')
    assert rows == [(0, 1.0, {"a": "x", "b": "", "c": ""})]
    with pytest.raises(InvalidInputError, match=r"log\.csv:1: quotes must enclose"):
        read(tmp_path, 'click,a,b,c"\n')


def test_the_number_of_columns_is_counted_outside_quotes(tmp_path: Path):
    _, bad = read(tmp_path, 'click,a,b,c\n1,"x,y",z\n')
    assert [entry.reason for entry in bad] == ["must have 4 columns; received 3"]
