from pathlib import Path

import pytest

from service.tiers.preload import preload
from tests.unit.bundle.small_bundle import TABLE


def sizes(folder: Path) -> dict[str, int]:
    return {path.stem: path.stat().st_size for path in folder.iterdir()}


def test_a_table_that_fits_is_read_whole(tmp_path: Path):
    TABLE.save(tmp_path)
    assert preload(tmp_path, 2**20) == sum(sizes(tmp_path).values())


def test_of_a_larger_table_what_finds_rows_is_read_before_rows(tmp_path: Path):
    TABLE.save(tmp_path)
    size = sizes(tmp_path)
    finds = size["oov"] + size["fingerprints"] + size["index"]
    assert preload(tmp_path, finds + size["rows"] - 1) == finds
    assert preload(tmp_path, 0) == 0


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        preload(tmp_path, 2**20)
