import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field, FieldEncoder
from tests.unit.data.reading import rows_of
from training.datasets import read_instances
from training.datasets.column import Column
from training.datasets.parquet_format import ParquetFormat
from training.datasets.rules import hour_of_day

LOG = ParquetFormat(
    name="mine",
    about="for a test",
    columns=(Column("word", "categorical", "context"), Column("size", "numeric", "candidate")),
    label="click",
)


def write(folder: Path, columns: dict[str, Any], name: str = "log.parquet", group: int = 2) -> Path:
    path = folder / name
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


WORDS = [
    pa.array(["a", None, "", "é😀", "a"]),
    pa.array(["a", None, "", "é😀", "a"], pa.large_string()),
    pa.array(["a", None, "", "é😀", "a"]).dictionary_encode(),
]


@pytest.mark.parametrize("words", WORDS, ids=lambda words: str(words.type)[:12])
@pytest.mark.parametrize("group", [1, 2, 100])
def test_strings_are_themselves_and_null_is_missing(tmp_path: Path, words: pa.Array, group: int):
    path = write(tmp_path, {"size": [1] * 5, "click": [1, 0, 0, 1, 0], "word": words}, group=group)
    rows, bad = rows_of(LOG, [path])
    assert [texts["word"] for _, _, texts in rows] == ["a", "", "", "é😀", "a"]
    assert [(row, label) for row, label, _ in rows] == [(0, 1), (1, 0), (2, 0), (3, 1), (4, 0)]
    assert not bad


NUMBERS = [
    pa.array([3, -(2**63), None, 2**63 - 1], pa.int64()),
    pa.array([0, 2**64 - 1, 7, None], pa.uint64()),
    pa.array(
        [0.1, -0.0, 0.0, 1e22, 5e-324, 1.7976931348623157e308, 3.0, None, 1 / 3], pa.float64()
    ),
    pa.array([0.1, 16777216.0, None, 3e-45], pa.float32()),
    pa.array([5, None, 5], pa.int8()).dictionary_encode(),
]


@pytest.mark.parametrize("sizes", NUMBERS, ids=lambda sizes: str(sizes.type)[:12])
def test_numbers_reach_a_request_as_they_are(tmp_path: Path, sizes: pa.Array):
    count = len(sizes)
    path = write(tmp_path, {"word": ["w"] * count, "size": sizes, "click": [1] * count})
    instances = [instance for _, _, instance in read_instances(LOG, [path])]
    expected = [
        {"word": "w"} | ({} if size is None else {"size": size}) for size in sizes.to_pylist()
    ]
    assert json.loads(json.dumps(instances)) == expected
    kinds = [type(instance.get("size")) for instance in instances]
    assert kinds == [type(size) for size in sizes.to_pylist()]


def test_integers_are_categories_in_decimal(tmp_path: Path):
    ids = [0, -5, None, 2**62]
    path = write(tmp_path, {"word": ids, "size": [1.5] * 4, "click": [True, False, True, False]})
    rows, _ = rows_of(LOG, [path])
    encoder = FieldEncoder(LOG.spec(1).fields[0])
    found = [encoder.fingerprint(texts["word"]) for _, _, texts in rows]
    assert found == [encoder.fingerprint(value) for value in ids]
    assert [label for _, label, _ in rows] == [1, 0, 1, 0]


def test_nan_is_missing_and_infinity_stays_for_the_field_to_refuse(tmp_path: Path):
    sizes = pa.array([float("nan"), None, float("inf")])
    path = write(tmp_path, {"word": ["w"] * 3, "size": sizes, "click": [0] * 3})
    assert [texts["size"] for _, _, texts in rows_of(LOG, [path])[0]] == ["", "", "inf"]


LABELS = [
    pa.array([True, False, None]),
    pa.array([1, 0, 2], pa.int8()),
    pa.array([1.0, -0.0, 0.5]),
    pa.array([1.0, 0.0, float("nan")], pa.float32()),
    pa.array(["1", "0", "yes"]),
]


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: str(labels.type))
def test_labels_are_zero_or_one_of_any_type(tmp_path: Path, labels: pa.Array):
    columns = {"word": ["a", "b", "c"], "size": [1, 2, 3], "click": labels}
    paths = [write(tmp_path, columns), write(tmp_path, columns, "again.parquet", 100)]
    rows, bad = rows_of(LOG, paths)
    assert [(row, label) for row, label, _ in rows] == [(0, 1), (1, 0), (3, 1), (4, 0)]
    assert [(entry.file, entry.line, entry.kind) for entry in bad] == [
        (str(path), 3, "label") for path in paths
    ]


def test_derived_fields_and_times_come_from_numbers_too(tmp_path: Path):
    log = ParquetFormat(
        name="mine",
        about="for a test",
        columns=(Column("of_day", "categorical", "context", "at", hour_of_day("YYMMDDHH")),),
        label="click",
        time_column="at",
        time_layout="YYMMDDHH",
    )
    path = write(tmp_path, {"at": [14102105, 14102199, 14102105], "click": [1, 0, 0]}, group=10)
    (block,) = log.read([path], timed=True)
    assert block.columns["of_day"].take(np.arange(2)) == ["05", "05"]
    assert block.times is not None
    assert block.times.take(np.arange(2)) == ["2014-10-21T05"] * 2
    assert [entry.line for entry in block.bad] == [2]


GOOD = {"word": ["a"], "size": [1], "click": [1]}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"word": [["a"]]}, r"column 'word': of a categorical field.*received list<"),
        ({"word": [{"x": "a"}]}, r"column 'word': of a categorical.*received struct<"),
        ({"word": [1.5]}, "column 'word': of a categorical field.*received double"),
        ({"word": [True]}, "column 'word': of a categorical field.*received bool"),
        ({"word": [b"a"]}, "column 'word': of a categorical field.*received binary"),
        ({"size": [True]}, "column 'size': of a numeric field.*received bool"),
        ({"size": pa.array([0], pa.timestamp("s"))}, "column 'size': of a numeric.*timestamp"),
        ({"click": [[1]]}, "column 'click': of labels.*received list<"),
    ],
)
def test_columns_that_no_request_could_carry_are_refused(
    tmp_path: Path, columns: dict[str, Any], message: str
):
    with pytest.raises(InvalidInputError, match=rf"log\.parquet: {message}"):
        rows_of(LOG, [write(tmp_path, GOOD | columns)])
    # A column that nobody needs may be anything.
    assert rows_of(LOG, [write(tmp_path, GOOD | {"more": [["a"]]})])[0]


def test_missing_columns_and_labels_are_named(tmp_path: Path):
    path = write(tmp_path, {"word": ["a"], "click": [1]})
    with pytest.raises(InvalidInputError, match=r"log\.parquet: must have the columns size"):
        rows_of(LOG, [path])
    path = write(tmp_path, {"word": ["a"], "size": [1]})
    with pytest.raises(InvalidInputError, match=r"must have the columns click.*--no-label"):
        rows_of(LOG, [path])
    assert rows_of(LOG, [path], labelled=False)[0][0][2] == {"word": "a", "size": "1"}


def test_what_is_no_whole_parquet_file_is_refused(tmp_path: Path):
    path = write(tmp_path, {name: values * 5000 for name, values in GOOD.items()}, group=5000)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(InvalidInputError, match=r"log\.parquet: must be a Parquet file"):
        rows_of(LOG, [path])
    path.write_bytes(b"click,word,size\n")
    with pytest.raises(InvalidInputError, match=r"log\.parquet: must be a Parquet file"):
        rows_of(LOG, [path])
    with pytest.raises(InvalidInputError, match="must be a regular file; received a folder"):
        rows_of(LOG, [tmp_path])
    with pytest.raises(FileNotFoundError):
        rows_of(LOG, [tmp_path / "none.parquet"])


def test_strings_that_are_no_text_are_refused(tmp_path: Path):
    data = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 1], np.int32)), pa.py_buffer(b"\xff")]
    )
    with pytest.raises(InvalidInputError, match=r"log\.parquet: .*strings in UTF-8"):
        rows_of(LOG, [write(tmp_path, GOOD | {"word": data})])


def test_a_spec_has_the_kinds_of_the_format():
    LOG.check_spec(LOG.spec(1))
    with pytest.raises(InvalidInputError, match="field 'size' must be numeric, as mine says; rec"):
        LOG.check_spec(FeatureSpec((Field("size", "categorical"),)))
    with pytest.raises(InvalidInputError, match="received other"):
        LOG.check_spec(FeatureSpec((Field("other", "categorical"),)))


def test_an_empty_file_has_no_rows(tmp_path: Path):
    empty = {"word": pa.array([], pa.string()), "size": pa.array([], pa.int64()),
             "click": pa.array([], pa.int64())}  # fmt: skip
    paths = [write(tmp_path, empty, "none.parquet"), write(tmp_path, GOOD)]
    assert [row for row, _, _ in rows_of(LOG, paths)[0]] == [0]
