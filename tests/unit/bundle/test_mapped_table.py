import gc
from pathlib import Path

import numpy as np
import pytest

from model.bundle import EmbeddingTable
from tests.unit.bundle.small_bundle import TABLE

SMAPS = Path("/proc/self/smaps")


def flags_of(path: Path) -> list[list[str]]:
    """Read what the kernel was told of each mapping of a file."""
    found, ours = [], False
    for line in SMAPS.read_text().splitlines():
        if not line.split()[0].endswith(":"):
            ours = line.endswith(str(path.resolve()))
        elif ours and line.startswith("VmFlags:"):
            found.append(line.split()[1:])
    return found


@pytest.mark.skipif(not SMAPS.exists(), reason="only Linux tells what it was advised")
def test_the_system_is_told_that_single_rows_are_read_only_when_asked_to(tmp_path: Path):
    TABLE.save(tmp_path)
    table = EmbeddingTable.open(tmp_path)
    arrays = [tmp_path / f"{name}.npy" for name in ("fingerprints", "index", "rows")]
    assert all("rr" not in flags for path in arrays for flags in flags_of(path))
    table.expect_single_reads()
    for path in arrays:
        (flags,) = flags_of(path)
        assert "rr" in flags  # random reads
    assert table.rows[1].tolist() == [3, 4]


def test_a_table_in_memory_needs_no_advice():
    TABLE.expect_single_reads()


def test_rows_that_are_asked_for_ahead_are_the_same_rows(tmp_path: Path):
    random = np.random.default_rng(0)
    marks = np.unique(random.integers(0, 2**64, 5_000, np.uint64))
    index = np.where(np.arange(len(marks)) % 9 == 0, -1, 0).astype(np.int32)
    index[index == 0] = np.arange(np.count_nonzero(index == 0))
    rows = random.normal(size=(index.max() + 1, 17)).astype(np.float32)  # some lie on two pages
    EmbeddingTable(marks, index, rows, np.ones((1, 17), np.float32)).save(tmp_path)
    table = EmbeddingTable.open(tmp_path)
    asked = np.concatenate([random.permutation(marks), np.array([1], np.uint64)])
    fields = np.zeros(len(asked), np.intp)
    for plain, ahead in zip(
        table.lookup(asked, fields), table.lookup(asked, fields, ahead=True), strict=True
    ):
        np.testing.assert_array_equal(plain, ahead)


@pytest.mark.skipif(not SMAPS.exists(), reason="only Linux lists descriptors")
def test_a_table_that_is_let_go_leaves_no_descriptor(tmp_path: Path):
    TABLE.save(tmp_path)

    def held() -> int:
        return sum(
            str(tmp_path.resolve()) in str(link.resolve())
            for link in Path("/proc/self/fd").iterdir()
        )

    table = EmbeddingTable.open(tmp_path)
    assert held() > 0
    del table
    gc.collect()
    assert held() == 0
