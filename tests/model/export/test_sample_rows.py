from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.errors import InvalidInputError
from model.export import Run
from model.export.sample_rows import read_sample
from tests.model.export.small_run import write_prepared


@pytest.fixture
def data(run: Run, tmp_path: Path) -> Path:
    return write_prepared(run, tmp_path / "prepared")


def read(run: Run, data: Path) -> int:
    return len(read_sample(data, run.model.spec, run.model.vocabulary).ids)


def test_a_changed_byte_of_a_shard_is_refused(run: Run, data: Path):
    path = data / "test" / "part-00000.parquet"
    table = pq.read_table(path)
    pq.write_table(table, path, compression="none", use_dictionary=False, write_page_checksum=True)
    assert read(run, data) == 160
    content = bytearray(path.read_bytes())
    content[content.index(table["C1"].to_numpy().tobytes()) + 9] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        InvalidInputError, match=r"part-00000\.parquet must be a Parquet file as it"
    ):
        read(run, data)


def test_columns_that_are_no_ids_are_named(run: Run, data: Path):
    path = data / "valid" / "part-00001.parquet"
    table = pq.read_table(path)
    wide = table.set_column(2, "I1", table["I1"].cast(pa.int64())).drop_columns(["C2"])
    pq.write_table(wide, path)
    with pytest.raises(InvalidInputError, match=r"columns as int32; lacks \['I1', 'C2'\]"):
        read(run, data)


def test_a_damaged_sample_is_named(run: Run, data: Path):
    (data / "sample.jsonl").write_text('{"row": 3}\n')
    with pytest.raises(InvalidInputError, match=r"sample\.jsonl:1: must have an object 'instance'"):
        read(run, data)
