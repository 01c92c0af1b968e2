import shutil
from pathlib import Path

import pytest

from model.bundle import (
    Canary,
    Pointer,
    promote,
    read_pointer,
    rollback,
    start_canary,
    versions,
    write_pointer,
)
from model.errors import BundleError, CheckFailedError, InvalidInputError
from tests.unit.bundle.small_bundle import write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in ("1", "2", "10"):
        write_bundle(tmp_path / "dynint" / version)
    return tmp_path / "dynint"


def test_versions_are_numbers_in_order(folder: Path):
    for name in ("03", "x", ".staging-1", "0"):
        (folder / name).mkdir()
    (folder / "4").write_text("a file")
    (folder / "5").symlink_to(folder / "1")
    assert versions(folder) == [1, 2, 10]
    assert versions(folder / "absent") == []


def test_promote_remembers_the_previous_and_ends_the_canary(folder: Path):
    assert promote(folder, 1) == Pointer("1")
    write_pointer(folder, Pointer("1", None, Canary("2", 0.5)))
    assert promote(folder, "2") == Pointer("2", "1")
    assert promote(folder, "10") == Pointer("10", "2") == read_pointer(folder)


def test_promote_only_over_a_version_and_only_from_its_trial(folder: Path):
    promote(folder, 1)
    with pytest.raises(CheckFailedError, match="version 10 must be live; 1 is"):
        promote(folder, 2, over="10")
    with pytest.raises(CheckFailedError, match="version 10 must be live; 1 is"):
        start_canary(folder, 2, 0.5, over="10")
    with pytest.raises(CheckFailedError, match="must be on trial"):
        promote(folder, 2, over="1", on_trial=True)
    assert read_pointer(folder) == Pointer("1")
    start_canary(folder, 2, 0.5, over="1")
    assert promote(folder, 2, over="1", on_trial=True) == Pointer("2", "1")
    assert promote(folder, 2, over="1", on_trial=True) == Pointer("2", "1")  # done already


def test_promoting_the_live_version_changes_nothing(folder: Path):
    promote(folder, 1)
    promote(folder, 2)
    assert promote(folder, 2) == Pointer("2", "1")


def test_rollback_swaps_and_rolls_forward_again(folder: Path):
    promote(folder, 1)
    promote(folder, 2)
    assert rollback(folder) == Pointer("1", "2")
    assert rollback(folder) == Pointer("2", "1") == read_pointer(folder)


def test_there_is_nothing_to_go_back_to(folder: Path):
    with pytest.raises(
        CheckFailedError, match="no previous version to go back to; nothing is live"
    ):
        rollback(folder)
    promote(folder, 1)
    with pytest.raises(CheckFailedError, match="version 1 is live"):
        rollback(folder)


@pytest.mark.parametrize("version", ["../1", "01", "-1", "", "1 ", "latest", "9" * 26])
def test_refuses_what_is_no_version(folder: Path, version: str):
    with pytest.raises(InvalidInputError, match=r"must match .* and have 18 digits at most"):
        promote(folder, version)


def test_refuses_a_version_that_is_not_there(folder: Path):
    with pytest.raises(InvalidInputError, match="there is no version 3; there: 1, 2, 10"):
        promote(folder, 3)
    with pytest.raises(InvalidInputError, match="nowhere: there is no such folder"):
        promote(folder.parent / "nowhere", 3)
    with pytest.raises(InvalidInputError, match="nowhere: there is no such folder"):
        rollback(folder.parent / "nowhere")
    assert not (folder.parent / "nowhere").exists()


def test_refuses_a_version_that_does_not_verify(folder: Path):
    promote(folder, 1)
    (folder / "2" / "saved_model.pb").write_bytes(b"altered")
    with pytest.raises(BundleError, match=r"saved_model\.pb"):
        promote(folder, 2)
    assert read_pointer(folder) == Pointer("1")


def test_refuses_to_go_back_to_a_version_that_is_gone_or_altered(folder: Path):
    promote(folder, 1)
    promote(folder, 2)
    (folder / "1" / "golden.json").unlink()
    with pytest.raises(BundleError, match=r"golden\.json"):
        rollback(folder)
    shutil.rmtree(folder / "1")
    with pytest.raises(BundleError, match="there is no version 1"):
        rollback(folder)
    assert read_pointer(folder) == Pointer("2", "1")


def test_refuses_symlinks_for_a_version_and_for_the_model(folder: Path):
    (folder / "11").symlink_to(folder / "1")
    with pytest.raises(BundleError, match="symlinks are refused"):
        promote(folder, 11)
    (folder.parent / "other").symlink_to(folder)
    with pytest.raises(BundleError, match="symlinks are refused"):
        promote(folder.parent / "other", 1)


def test_refuses_a_bundle_of_another_model(folder: Path):
    write_bundle(folder / "12", name="other")
    with pytest.raises(BundleError, match="must be a bundle of 'dynint'"):
        promote(folder, 12)


def test_the_command_line_needs_no_tensorflow(folder: Path):
    import subprocess
    import sys

    script = (
        "import sys, dynint\n"
        "for arguments in (['promote', '1'], ['promote', '2'], ['rollback']):\n"
        "    try: dynint.main([*arguments, '--root', sys.argv[1], '--json'])\n"
        "    except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'tensorflow', 'keras', 'polars', 'pyarrow', 'fastapi'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder.parent)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr
    assert '"current": "1", "previous": "2"' in done.stdout.splitlines()[-1]
