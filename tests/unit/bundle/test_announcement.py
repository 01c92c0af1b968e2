"""A version that was announced before anything was live, and is withdrawn."""

from pathlib import Path

import pytest

from model.bundle import promote, read_pointer
from model.bundle.announcement import Announcement
from model.bundle.model_dir import model_lock
from model.bundle.serving_config import read_serving_config, write_serving_config
from model.errors import InvalidInputError
from tests.unit.bundle.small_bundle import write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in ("1", "2", "3"):
        write_bundle(tmp_path / "dynint" / version)
    return tmp_path / "dynint"


def named(folder: Path) -> set[int]:
    config = read_serving_config(folder)
    return set(config.versions) if config else set()


@pytest.mark.parametrize("before", [None, b"", b"# ours\nmodel_config_list {}\n"])
def test_tf_servings_list_is_put_back_as_it_was(folder: Path, before: bytes | None):
    file = folder / "tf_serving.config"
    if before is not None:
        file.write_bytes(before)
    announced = Announcement(folder, 2)
    announced.begin()
    assert named(folder) == {2}
    announced.withdraw()
    assert (file.read_bytes() if file.exists() else None) == before
    assert read_pointer(folder) is None
    announced.withdraw()  # twice is once


def test_a_version_that_the_list_named_before_stays_named(folder: Path):
    write_serving_config(folder, [1, 2], {"stable": 1})
    before = (folder / "tf_serving.config").read_bytes()
    for version in (2, 3):
        announced = Announcement(folder, version)
        announced.begin()
        announced.withdraw()
        assert (folder / "tf_serving.config").read_bytes() == before


def test_of_several_each_takes_its_own_off_the_list(folder: Path):
    first, second = Announcement(folder, 2), Announcement(folder, 3)
    first.begin()
    second.begin()
    assert named(folder) == {2, 3}
    first.withdraw()
    assert named(folder) == {3}
    second.withdraw()
    assert not (folder / "tf_serving.config").exists()


def test_one_that_was_promoted_stays(folder: Path):
    announced = Announcement(folder, 2)
    announced.begin()
    promote(folder, 2)
    announced.withdraw()
    assert named(folder) == {2}


def test_what_a_killed_process_announced_is_taken_back_too(folder: Path):
    promote(folder, 1)
    Announcement(folder, 2).begin()
    again = Announcement(folder, 2)
    again.begin()
    again.withdraw()
    assert named(folder) == {1}


def test_what_was_not_begun_waits_for_no_lock(folder: Path):
    promote(folder, 1)
    announced = Announcement(folder, 2)
    with model_lock(folder, 0):  # whoever waits for it here fails
        announced.withdraw()
    assert named(folder) == {1}


def test_a_list_that_cannot_be_written_is_told(folder: Path):
    announced = Announcement(folder, 2)
    (folder / "tf_serving.config").mkdir()
    with pytest.raises(InvalidInputError, match="nothing was promoted"):
        announced.begin()
    announced.withdraw()
    assert (folder / "tf_serving.config").is_dir()
