import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.big_table.page_cache import drop_pages
from model.bundle import EmbeddingTable
from service.tiers.table_reader import CALM, TableReader

LEVELS = 60_000


class NamedThreads:
    """A table that tells which thread asked it."""

    def __init__(self, table: EmbeddingTable) -> None:
        self._table = table
        self.width, self.fields = table.width, table.fields
        self.threads: list[str] = []

    def lookup(self, *asked: Any) -> Any:
        self.threads.append(threading.current_thread().name)
        return self._table.lookup(*asked)


def save_table(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    marks = np.unique(random.integers(0, 2**64, LEVELS, np.uint64))
    rows = random.normal(size=(len(marks), 16)).astype(np.float32)
    index = np.arange(len(marks), dtype=np.int32)
    EmbeddingTable(marks, index, rows, np.ones((1, 16), np.float32)).save(folder)
    return marks, rows


def test_a_table_that_is_read_from_disk_is_read_in_a_thread_until_it_is_in_memory(tmp_path: Path):
    marks, rows = save_table(tmp_path)
    drop_pages(tmp_path)
    mapped = EmbeddingTable.open(tmp_path)
    mapped.expect_single_reads()
    table = NamedThreads(mapped)
    asked = np.random.default_rng(1).permutation(marks)[:2_000]
    wanted = rows[np.searchsorted(marks, asked)]

    async def look() -> list[bool]:
        with ThreadPoolExecutor(1, "disk") as threads:
            reader = TableReader(table, threads)
            calm = []
            for _ in range(3 * CALM):
                found, _ = await reader.lookup(asked, np.zeros(len(asked), np.intp))
                np.testing.assert_array_equal(found, wanted)
                calm.append(reader.is_calm)
            return calm

    calm = asyncio.run(look())
    assert table.threads[0].startswith("disk")
    assert not calm[0]
    assert calm[-1]
    assert not table.threads[-1].startswith("disk")


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="pages cannot be dropped here")
def test_calm_ends_with_the_first_lookup_that_waits_for_the_disk(tmp_path: Path):
    marks, rows = save_table(tmp_path)
    table = EmbeddingTable.open(tmp_path)
    table.expect_single_reads()
    zeros = np.zeros(1_000, np.intp)

    async def look() -> tuple[bool, bool, int]:
        with ThreadPoolExecutor(1, "disk") as threads:
            reader = TableReader(table, threads)
            for _ in range(CALM + 1):
                await reader.lookup(marks[:8], zeros[:8])
            before = reader.is_calm
            drop_pages(tmp_path)
            last = marks[-1_000:]
            found, _ = await reader.lookup(last, zeros)
            np.testing.assert_array_equal(found, rows[-1_000:])
            return before, reader.is_calm, reader.blocks_read

    before, after, blocks = asyncio.run(look())
    assert before
    if not blocks:
        pytest.skip("this file system keeps its files in memory")
    assert not after


def test_without_threads_every_lookup_is_made_at_once(tmp_path: Path):
    marks, rows = save_table(tmp_path)
    reader = TableReader(EmbeddingTable.open(tmp_path), None)
    found, _ = asyncio.run(reader.lookup(marks[:5], np.zeros(5, np.intp)))
    np.testing.assert_array_equal(found, rows[:5])
