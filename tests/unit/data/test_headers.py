import itertools
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from tests.unit.data.reading import rows_of
from training.datasets import DelimitedFormat
from training.datasets.column import Column

LOG = DelimitedFormat(
    name="mine",
    about="for a test",
    columns=(Column("user", "categorical", "context"), Column("ad", "categorical", "candidate")),
    separator=",",
    header="first line",
    label="click",
)
CELLS = {"click": ["1", "0"], "user": ["u1", ""], "ad": ["a1", "a2"], "more": ["x", "y"]}


def text(names: tuple[str, ...]) -> str:
    rows = zip(*(CELLS[name] for name in names), strict=True)
    return "".join(",".join(row) + "\n" for row in [names, *rows])


def write(folder: Path, data: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("names", list(itertools.permutations(CELLS)))
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_the_order_of_a_headers_columns_does_not_matter(
    tmp_path: Path, names: tuple[str, ...], size: int
):
    rows, bad = rows_of(LOG, [write(tmp_path, text(names))], block_bytes=size)
    assert rows == [(0, 1.0, {"user": "u1", "ad": "a1"}), (1, 0.0, {"user": "", "ad": "a2"})]
    assert not bad


def test_each_file_has_its_own_header_and_headers_are_no_rows(tmp_path: Path):
    one = write(tmp_path, "ad,click,user\na,1,u\n", "one.csv")
    none = write(tmp_path, "click,ad,user\n", "none.csv")
    two = write(tmp_path, "x,user,click,ad\n9,v,0,b\n9,w,7,c\n", "two.csv")
    rows, bad = rows_of(LOG, [one, none, two])
    assert rows == [(0, 1.0, {"user": "u", "ad": "a"}), (1, 0.0, {"user": "v", "ad": "b"})]
    assert [(entry.file, entry.line, entry.kind) for entry in bad] == [(str(two), 3, "label")]


def test_only_what_is_needed_is_read(tmp_path: Path):
    path = write(tmp_path, text(("user", "more", "ad", "click")))
    (block,) = LOG.read([path], fields=("ad",))
    assert list(block.columns) == ["ad"]
    assert block.times is None


def test_columns_that_nobody_needs_may_share_a_name(tmp_path: Path):
    path = write(tmp_path, "x,user,x,click,ad\n1,u,2,1,a\n")
    assert rows_of(LOG, [path])[0] == [(0, 1.0, {"user": "u", "ad": "a"})]


def test_a_columns_text_is_checked_though_nobody_needs_it(tmp_path: Path):
    data = b"user,x,ad,click\nu,\xff,a,1\nv,y,b,0\n"
    rows, bad = rows_of(LOG, [write(tmp_path, data)])
    assert [row for row, _, _ in rows] == [1]
    assert [(entry.line, entry.kind) for entry in bad] == [(2, "not UTF-8")]


def test_a_mark_and_line_ends_of_another_system_are_no_part_of_names(tmp_path: Path):
    path = write(tmp_path, b"\xef\xbb\xbfclick,user,ad\r\n1,u,a\r\n")
    assert rows_of(LOG, [path])[0] == [(0, 1.0, {"user": "u", "ad": "a"})]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("click,user\n1,u\n", r"log\.csv: must have the columns ad; received click, user$"),
        ("user,ad\nu,a\n", r"must have the columns click; received user, ad; .*see --no-label"),
        ("1,u,a\n0,v,b\n", "must have the columns click, user, ad; received 1, u, a; .*--no-label"),
        ("click,user,ad,user\n1,u,a,v\n", "must have each column once; received twice: user"),
        ("", "must start with a header; it is empty"),
        (b"click,user,ad,\xff\n", r"log\.csv:1: must be text in UTF-8"),
    ],
)
def test_a_wrong_header_is_refused_with_file_and_columns(
    tmp_path: Path, data: str | bytes, message: str
):
    with pytest.raises(InvalidInputError, match=message):
        rows_of(LOG, [write(tmp_path, data)])


def test_without_labels_the_labels_column_is_one_that_nobody_needs(tmp_path: Path):
    for name, data in (("with.csv", "user,click,ad\nu,1,a\n"), ("none.csv", "user,ad\nu,a\n")):
        rows, _ = rows_of(LOG, [write(tmp_path, data, name)], labelled=False)
        assert [texts for _, _, texts in rows] == [{"user": "u", "ad": "a"}]


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_line_of_another_length_than_the_header_is_bad(tmp_path: Path, size: int):
    path = write(tmp_path, "click,user,ad\n1,u,a\n1,u\n0,v,b,c\n0,w,d\n")
    rows, bad = rows_of(LOG, [path], block_bytes=size)
    assert [texts["user"] for _, _, texts in rows] == ["u", "w"]
    assert [(entry.line, entry.reason) for entry in bad] == [
        (3, "must have 3 columns; received 2"),
        (4, "must have 3 columns; received 4"),
    ]
