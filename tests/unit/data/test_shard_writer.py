from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from training.prepare.shard_writer import GROUP_ROWS, SHARD_GROUPS, ShardWriter

NAMES = ("I1", "C1")


def write(folder: Path, rows: int, step: int, bayes: bool = False) -> str:
    """Write rows 0, 2, 4 ...: label by parity of the half, I1 = row mod 7 + 10, C1 = row mod 5 + 100."""
    writer = ShardWriter(folder, NAMES, bayes)
    table = [np.arange(10, 17, dtype=np.int32), np.arange(100, 105, dtype=np.int32)]
    for start in range(0, rows, step):
        number = np.arange(start, min(rows, start + step))
        first = {
            "row": number * 2,
            "label": (number % 2).astype(np.float32),
            "bayes_probability": number / rows,
        }
        writer.append(first, table, [(number % 7).astype(np.uint8), (number % 5).astype(np.uint32)])
    digest = writer.close()
    assert writer.rows == rows
    return digest


def test_rows_come_back_in_order_with_the_contracts_types(tmp_path: Path):
    write(tmp_path / "train", 1000, 333, bayes=True)
    table = pq.read_table(tmp_path / "train" / "part-00000.parquet")
    assert {
        name: str(kind) for name, kind in zip(table.schema.names, table.schema.types, strict=True)
    } == {
        "row": "int64",
        "label": "float",
        "bayes_probability": "double",
        "I1": "int32",
        "C1": "int32",
    }
    number = np.arange(1000)
    np.testing.assert_array_equal(table["row"], number * 2)
    np.testing.assert_array_equal(table["label"], number % 2)
    np.testing.assert_array_equal(table["bayes_probability"], number / 1000)
    np.testing.assert_array_equal(table["I1"], number % 7 + 10)
    np.testing.assert_array_equal(table["C1"], number % 5 + 100)


def test_files_and_digest_do_not_depend_on_how_rows_arrive(tmp_path: Path):
    rows = GROUP_ROWS * SHARD_GROUPS + 10
    digests = [write(tmp_path / str(step), rows, step) for step in (rows, 50_000, 65_537)]
    assert len(set(digests)) == 1
    for name in ("part-00000.parquet", "part-00001.parquet"):
        contents = {(folder / name).read_bytes() for folder in tmp_path.iterdir()}
        assert len(contents) == 1
    assert pq.read_metadata(tmp_path / "50000" / "part-00001.parquet").num_rows == 10
    assert pq.read_metadata(tmp_path / "50000" / "part-00000.parquet").num_row_groups == 4


def test_the_digest_sees_one_changed_value(tmp_path: Path):
    assert write(tmp_path / "a", 100, 100) != write(tmp_path / "b", 101, 101)


def test_a_split_without_rows_has_one_empty_shard(tmp_path: Path):
    write(tmp_path / "valid", 0, 1)
    table = pq.read_table(tmp_path / "valid" / "part-00000.parquet")
    assert (table.num_rows, table.schema.names) == (0, ["row", "label", "I1", "C1"])
    assert len(list((tmp_path / "valid").iterdir())) == 1
