import subprocess
import sys
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from training.prepare.staged_folder import CARD, StagedFolder


def fill(out: Path, text: str, overwrite: bool = False) -> None:
    with StagedFolder(out, overwrite) as staged:
        (staged.path / "train").mkdir()
        (staged.path / "train" / "part").write_text(text)
        (staged.path / CARD).write_text("{}")


def fail(out: Path, overwrite: bool = False) -> None:
    with StagedFolder(out, overwrite) as staged:
        (staged.path / "half").write_text("x")
        raise RuntimeError


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_the_folder_appears_whole_with_its_parents(tmp_path: Path):
    fill(tmp_path / "a" / "b" / "out", "1")
    assert names(tmp_path / "a" / "b") == ["out"]
    assert (tmp_path / "a" / "b" / "out" / "train" / "part").read_text() == "1"


def test_a_failure_leaves_nothing(tmp_path: Path):
    with pytest.raises(RuntimeError):
        fail(tmp_path / "out")
    assert names(tmp_path) == []


def test_an_empty_folder_is_filled(tmp_path: Path):
    (tmp_path / "out").mkdir()
    fill(tmp_path / "out", "1")
    assert names(tmp_path / "out") == [CARD, "train"]


def test_a_folder_that_is_not_empty_is_refused_and_kept(tmp_path: Path):
    fill(tmp_path / "out", "1")
    with pytest.raises(InvalidInputError, match="out: must be new or empty"):
        fill(tmp_path / "out", "2")
    assert (tmp_path / "out" / "train" / "part").read_text() == "1"
    assert names(tmp_path) == ["out"]


def test_overwrite_replaces_prepared_data_whole(tmp_path: Path):
    fill(tmp_path / "out", "1")
    (tmp_path / "out" / "extra").write_text("old")
    fill(tmp_path / "out", "2", overwrite=True)
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == [CARD, "train"]
    assert (tmp_path / "out" / "train" / "part").read_text() == "2"


def test_a_failed_overwrite_keeps_the_old_data(tmp_path: Path):
    fill(tmp_path / "out", "1")
    with pytest.raises(RuntimeError):
        fail(tmp_path / "out", overwrite=True)
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "train" / "part").read_text() == "1"


def test_overwrite_never_removes_anything_but_prepared_data(tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("x")
    with pytest.raises(InvalidInputError, match="replaces prepared data only"):
        fill(home, "1", overwrite=True)
    assert (home / "thesis.txt").read_text() == "x"


def test_a_file_in_the_way_is_refused(tmp_path: Path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(InvalidInputError, match="must be a folder"):
        fill(tmp_path / "out", "1", overwrite=True)
    with pytest.raises(InvalidInputError, match="can be written"):
        fill(tmp_path / "out" / "below", "1")


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    fill(tmp_path / "out", "1")
    assert (tmp_path / "out").is_symlink()
    assert names(tmp_path / "disk") == [CARD, "train"]


def test_the_root_is_refused():
    with pytest.raises(InvalidInputError, match="out: must be a folder that can be made"):
        StagedFolder(Path("/"))


def test_two_writers_of_one_folder_do_not_meet(tmp_path: Path):
    with StagedFolder(tmp_path / "out"):
        with pytest.raises(InvalidInputError, match="another process is writing"):
            fill(tmp_path / "out", "1")
        assert names(tmp_path) == [".out.partial"]


def test_what_a_killed_process_left_is_cleared(tmp_path: Path):
    (tmp_path / ".out.partial" / "train").mkdir(parents=True)
    (tmp_path / ".out.partial" / "train" / "part").write_text("half")
    (tmp_path / ".out.partial" / "codes.tmp").write_text("half")
    fill(tmp_path / "out", "1")
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "train" / "part").read_text() == "1"


def test_data_set_aside_by_a_killed_overwrite_comes_back(tmp_path: Path):
    fill(tmp_path / "out", "1")
    (tmp_path / "out").rename(tmp_path / ".out.replaced")
    with pytest.raises(RuntimeError):
        fail(tmp_path / "out", overwrite=True)
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "train" / "part").read_text() == "1"


def test_a_lock_ends_with_its_process(tmp_path: Path):
    code = (
        "import os, sys, pathlib\n"
        "from training.prepare.staged_folder import StagedFolder\n"
        "StagedFolder(pathlib.Path(sys.argv[1])).__enter__()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False)
    assert done.returncode == -9
    assert names(tmp_path) == [".out.partial"]
    fill(tmp_path / "out", "1")
    assert names(tmp_path) == ["out"]
