from pathlib import Path

import numpy as np
import pytest

from model.errors import FieldTypeError, InvalidInputError
from model.features import FeatureSpec, Field
from tests.unit.data.lines import instance_of, line
from training.datasets import FORMATS, BadLine, Block, log_format, read_instances
from training.datasets.criteo import CRITEO


def read(folder: Path, data: bytes, **options: object) -> list[Block]:
    path = folder / "log.txt"
    path.write_bytes(data)
    return list(CRITEO.read([path], **options))


def column(blocks: list[Block], name: str) -> list[str]:
    found: list[str] = []
    for block in blocks:
        found += block.columns[name].take(np.arange(len(block.rows)))
    return found


def rows(blocks: list[Block]) -> list[int]:
    return [row for block in blocks for row in block.rows.tolist()]


def bad(blocks: list[Block]) -> list[BadLine]:
    return [entry for block in blocks for entry in block.bad]


def test_every_format_is_found_by_its_name():
    assert [log_format(name).name for name in FORMATS] == list(FORMATS)
    with pytest.raises(InvalidInputError, match=r"format: must be one of .*criteo.*; received 'x'"):
        log_format("x")


def test_thirteen_numeric_candidate_fields_then_twenty_six_categorical_context_fields():
    spec = CRITEO.spec(20)
    assert spec.names == tuple(f"I{n}" for n in range(1, 14)) + tuple(f"C{n}" for n in range(1, 27))
    assert {(f.kind, f.side, f.discretiser) for f in spec.fields[:13]} == {
        ("numeric", "candidate", "log_square_plus_one")
    }
    assert {(f.kind, f.side, f.discretiser) for f in spec.fields[13:]} == {
        ("categorical", "context", None)
    }
    assert CRITEO.spec(1, "log_square").fields[0].discretiser == "log_square"


def test_a_spec_may_have_only_columns_of_the_format():
    CRITEO.check_spec(FeatureSpec((Field("C2", "categorical"), Field("C1", "categorical"))))
    with pytest.raises(InvalidInputError, match="received C27"):
        CRITEO.check_spec(FeatureSpec((Field("C27", "categorical"),)))


@pytest.mark.parametrize("size", [1, 150, 1 << 20])
def test_reads_labels_values_and_row_numbers(tmp_path: Path, size: int):
    data = line("1", I1="3", C26="ff") + line("0", I2="-2") + line("1", C1="a", C26="00")
    blocks = read(tmp_path, data, block_bytes=size)
    assert rows(blocks) == [0, 1, 2]
    assert [label for block in blocks for label in block.labels.tolist()] == [1, 0, 1]
    assert column(blocks, "I1") == ["3", "", ""]
    assert column(blocks, "I2") == ["", "-2", ""]
    assert column(blocks, "C26") == ["ff", "", "00"]
    assert not bad(blocks)


def test_reads_a_log_without_labels(tmp_path: Path):
    blocks = read(tmp_path, line(None, I1="7") + line(None, C26="x"), labelled=False)
    assert np.isnan(blocks[0].labels).all()
    assert column(blocks, "I1") == ["7", ""]
    assert column(blocks, "C26") == ["", "x"]


ODD = [
    '"',
    '""quoted""',
    "a,b",
    "NA",
    "null",
    "NaN",
    "\x00",
    "é😀",
    "a\rb",
    " x ",
    "#",
    "\\N",
    "\ufeff",
]


@pytest.mark.parametrize("odd", ODD)
def test_everything_between_tabs_is_plain_text(tmp_path: Path, odd: str):
    data = line("1", C1=odd, C26=odd) + line("0", C26="y")
    blocks = read(tmp_path, data)
    assert column(blocks, "C1") == [odd, ""]
    assert column(blocks, "C26") == [odd, "y"]
    assert not bad(blocks)


def test_a_quote_does_not_join_lines(tmp_path: Path):
    blocks = read(tmp_path, line("1", C26='"') + line("0", C1='"'))
    assert rows(blocks) == [0, 1]


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_bad_lines_are_told_by_line_and_reason_and_leave_the_rest_alone(
    tmp_path: Path, size: int, end: bytes
):
    data = b"".join(
        [
            line("0", C1="good"),
            b"1\t2\t3\n",
            line("2", C1="bad label"),
            b"\n",
            line("", C1="no label"),
            line("1", C1="xx").replace(b"xx", b"\xff\xfe"),
            line("0")[:-1] + b"\t\n",
            line("1", C1="good too"),
        ]
    ).replace(b"\n", end)
    blocks = read(tmp_path, data, block_bytes=size)
    assert column(blocks, "C1") == ["good", "good too"]
    assert rows(blocks) == [0, 7]
    assert sum(block.empty for block in blocks) == 1
    assert [(entry.line, entry.reason) for entry in bad(blocks)] == [
        (2, "must have 40 columns; received 3"),
        (3, "the label must be 0 or 1; received '2'"),
        (5, "the label must be 0 or 1; received ''"),
        (6, "must be text in UTF-8"),
        (7, "must have 40 columns; received 41"),
    ]
    assert str(bad(blocks)[0]) == f"{tmp_path / 'log.txt'}:2: must have 40 columns; received 3"


@pytest.mark.parametrize(
    ("text", "labelled", "hint"),
    [(line(None), True, "see --no-label"), (line("1"), False, "leave out --no-label")],
)
def test_one_column_too_few_or_many_points_at_the_label(
    tmp_path: Path, text: bytes, labelled: bool, hint: str
):
    assert hint in bad(read(tmp_path, text, labelled=labelled))[0].reason


def test_rows_are_numbered_over_all_files_and_lines_within_each(tmp_path: Path):
    first, empty, second = (tmp_path / name for name in ("a.txt", "b.txt", "c.txt"))
    first.write_bytes(line("0") + b"\n" + line("1"))
    empty.write_bytes(b"")
    second.write_bytes(line("0") + b"x\n" + line("1")[:-1])
    blocks = list(CRITEO.read([first, empty, second]))
    assert rows(blocks) == [0, 2, 3, 5]
    assert [(entry.file, entry.line) for entry in bad(blocks)] == [(str(second), 2)]
    lines = [block.line_of(row) for block in blocks for row in block.rows.tolist()]
    assert lines == [1, 3, 1, 3]


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_a_byte_order_mark_inside_a_log_is_text(tmp_path: Path, size: int):
    mark = b"\xef\xbb\xbf"
    blocks = read(tmp_path, mark + line("1") + mark + line("1"), block_bytes=size)
    assert rows(blocks) == [0]
    assert [entry.line for entry in bad(blocks)] == [2]


def test_instances_are_what_a_request_would_carry(tmp_path: Path):
    raw = [line("1", I1="3", C2="x"), line("0", I2="-1", C26="00ff")]
    (tmp_path / "log.txt").write_bytes(b"".join(raw))
    found = list(read_instances(CRITEO, [tmp_path / "log.txt"], block_bytes=1))
    assert [(label, instance) for _, label, instance in found] == [instance_of(one) for one in raw]
    assert [row for row, _, _ in found] == [0, 1]


def test_instances_stop_at_a_bad_line(tmp_path: Path):
    (tmp_path / "log.txt").write_bytes(line("1") + b"x\n")
    with pytest.raises(InvalidInputError, match=r"log\.txt:2: must have 40 columns"):
        list(read_instances(CRITEO, [tmp_path / "log.txt"]))


def test_instances_stop_at_a_number_that_is_none(tmp_path: Path):
    (tmp_path / "log.txt").write_bytes(line("1", I3="abc"))
    with pytest.raises(FieldTypeError, match="I3"):
        list(read_instances(CRITEO, [tmp_path / "log.txt"]))
