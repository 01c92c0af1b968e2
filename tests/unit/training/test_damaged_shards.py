"""A bit that changed on the disk is refused, or changes nothing that training reads."""

import contextlib
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.errors import InvalidInputError
from model.shard import open_shard
from training.prepare.shard_writer import ShardWriter
from training.train.block import Block
from training.train.split import Split

NAMES = ("I1", "C1")
ROWS = 300
VARINT = b"\xd8\x04"
"""How the footer writes 300."""
FLIPS = 1500


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    writer = ShardWriter(tmp_path / "train", NAMES, bayes=True)
    head = {
        "row": np.arange(ROWS),
        "label": (random.random(ROWS) < 0.3).astype(np.float32),
        "bayes_probability": random.random(ROWS),
    }
    table = np.arange(50, dtype=np.int32)
    writer.append(head, [table, table], [random.integers(0, 50, ROWS) for _ in NAMES])
    writer.close()
    return tmp_path / "train"


def read(folder: Path) -> Block:
    split = Split.open(folder, NAMES)
    return split.read(split.groups)


def same(one: Block, other: Block) -> bool:
    return (
        np.array_equal(one.ids, other.ids)
        and np.array_equal(one.labels, other.labels)
        and one.truth is not None
        and other.truth is not None
        and np.array_equal(one.truth, other.truth)
    )


def test_no_flipped_bit_is_read_for_data(folder: Path):
    whole = read(folder)
    shard = folder / "part-00000.parquet"
    content = bytearray(shard.read_bytes())
    refused = []
    for bit in np.random.default_rng(1).choice(len(content) * 8, FLIPS, replace=False).tolist():
        content[bit // 8] ^= 1 << bit % 8
        shard.write_bytes(content)
        try:
            assert same(read(folder), whole), f"bit {bit} was read for data"
        except InvalidInputError as error:
            refused.append(str(error))
        content[bit // 8] ^= 1 << bit % 8
    assert len(refused) > FLIPS * 0.7
    assert all(str(shard) in text for text in refused)


def test_a_footer_that_counts_fewer_rows_is_refused(folder: Path):
    shard = folder / "part-00000.parquet"
    content = bytearray(shard.read_bytes())
    places = [match.start() for match in re.finditer(re.escape(VARINT), content)]
    assert len(places) > len(NAMES)
    for bit in (8 * place + bit for place in places for bit in range(16)):
        content[bit // 8] ^= 1 << bit % 8
        shard.write_bytes(content)
        with contextlib.suppress(InvalidInputError):
            assert len(read(folder)) == ROWS
        content[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize("content", [b"", b"PAR1", b"label\n1\n" * 100])
def test_what_is_not_parquet_is_named(folder: Path, content: bytes):
    (folder / "part-00000.parquet").write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"part-00000\.parquet must be a Parquet file"):
        read(folder)


def test_a_shard_that_is_gone_is_named(folder: Path):
    split = Split.open(folder, NAMES)
    (folder / "part-00000.parquet").unlink()
    with pytest.raises(InvalidInputError, match=r"part-00000\.parquet must be a Parquet file"):
        split.labels()


def test_a_shard_that_was_replaced_is_named(folder: Path):
    split = Split.open(folder, NAMES)
    shard = folder / "part-00000.parquet"
    pq.write_table(pq.read_table(shard).slice(0, 7), shard)
    with pytest.raises(InvalidInputError, match="with 300 rows in row group 0; received 7"):
        split.labels()


def test_columns_that_are_not_the_specs_are_named(folder: Path):
    shard = folder / "part-00000.parquet"
    table = pq.read_table(shard)
    pq.write_table(table.rename_columns(["row", "label", "bayes_probability", "I1", "c1"]), shard)
    with pytest.raises(InvalidInputError, match=r"lacks \['C1'\], has \['c1'\]"):
        Split.open(folder, NAMES)


def test_shards_without_checksums_are_still_read(tmp_path: Path):
    path = tmp_path / "part-00000.parquet"
    pq.write_table(pa.table({"label": [0.0]}), path)
    with open_shard(path) as shard:
        assert shard.read().num_rows == 1
