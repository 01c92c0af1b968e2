import json
import subprocess
import sys
from pathlib import Path

import pytest

from model.bundle import Canary, Pointer, promote, read_pointer, versions, write_pointer
from model.bundle.candidate import folders
from model.bundle.gates_file import GateResult, GatesReport, write_gates
from model.bundle.listing import list_versions
from model.bundle.publish import publish
from model.bundle.retention import Retention, retain, retain_candidates
from model.errors import BundleError, InvalidInputError
from tests.unit.bundle.candidates import FAILED, PASSED, check_whole, proven, stage
from tests.unit.bundle.small_bundle import write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in range(1, 8):
        write_bundle(tmp_path / "dynint" / str(version))
    return tmp_path / "dynint"


def test_the_oldest_beyond_the_number_go_and_what_is_named_stays(folder: Path):
    write_pointer(folder, Pointer("3", "1", Canary("2", 0.1), awaited="4"))
    done = retain(folder.parent, "dynint", 2)
    assert done == Retention(("5",), ("1", "2", "3", "4", "6", "7"))
    promote(folder, 7)
    assert retain(folder.parent, "dynint", 2).removed == ("1", "2", "4")
    assert retain(folder.parent, "dynint", 2).removed == ()
    assert check_whole(folder) == [3, 6, 7]
    assert [path.name for path in folder.glob(".removed-*")] == []


def test_a_number_is_not_given_twice(folder: Path):
    assert retain(folder.parent, "dynint", 1).kept == ("7",)
    assert publish(stage(folder.parent, PASSED), proven).version == "8"


def test_the_stamp_goes_with_its_version(folder: Path):
    publish(stage(folder.parent, PASSED), proven)
    publish(stage(folder.parent, PASSED), proven)
    retain(folder.parent, "dynint", 1)
    assert [path.name for path in (folder / ".stamps").iterdir()] == ["9.json"]


def test_without_a_pointer_that_can_be_read_nothing_goes(folder: Path):
    (folder / "current.json").write_text("{")
    with pytest.raises(BundleError):
        retain(folder.parent, "dynint", 1)
    assert len(versions(folder)) == 7


@pytest.mark.parametrize("keep", [0, -1, True, 1.5, "2"])
def test_refuses_to_keep_none(folder: Path, keep: object):
    with pytest.raises(InvalidInputError, match="keep: must be a number of at least 1"):
        retain(folder.parent, "dynint", keep)
    assert len(versions(folder)) == 7


def test_promoting_what_was_removed_is_refused(folder: Path):
    retain(folder.parent, "dynint", 3)
    with pytest.raises(InvalidInputError, match="there is no version 1; there: 5, 6, 7"):
        promote(folder, 1)


def test_old_candidates_go_unless_somebody_holds_them(tmp_path: Path):
    made = [stage(tmp_path, PASSED) for _ in range(4)]
    publish(made[1], proven)
    (tmp_path / ".candidates" / "0009-00000000").mkdir()  # of a process that was killed
    with made[0].hold():
        assert retain_candidates(tmp_path, 2) == ("0009-00000000", made[1].id)
    assert folders(tmp_path) == [made[0].root, made[2].root, made[3].root]
    assert retain_candidates(tmp_path, 0) == tuple(made[each].id for each in (0, 2, 3))
    assert sorted(path.name for path in (tmp_path / ".candidates").iterdir()) == [".lock"]
    assert retain_candidates(tmp_path / "none", 0) == ()
    with pytest.raises(InvalidInputError, match="at least 0"):
        retain_candidates(tmp_path, -1)


def test_the_list_tells_states_figures_and_gates(tmp_path: Path):
    folder = tmp_path / "dynint"
    for gates in ((PASSED,), (PASSED,), (), (PASSED,)):
        publish(stage(tmp_path, *gates), proven, ungated=True)
    write_bundle(folder / "5")
    write_pointer(folder, Pointer("4", "2", Canary("3", 0.1)))
    digest = list_versions(folder)[0].digest
    write_gates(folder / "5", GatesReport(digest, False, (FAILED,)))
    (folder / "1" / "manifest.json").write_text("{}")
    listed = {each.version: each for each in list_versions(folder)}
    assert list(listed) == ["5", "4", "3", "2", "1"]
    assert [each.state for each in listed.values()] == [
        "kept",
        "live",
        "canary",
        "previous",
        "kept",
    ]
    assert [each.gates for each in listed.values()] == [
        "failed",
        "passed",
        "ungated",
        "passed",
        None,
    ]
    assert (listed["4"].auc, listed["4"].log_loss, listed["4"].model) == (0.75, None, "xdeepint")
    assert "manifest.json" in listed["1"].problem


def test_the_command_lists_and_removes(folder: Path):
    promote(folder, 1)
    command = [sys.executable, "-m", "dynint", "releases", "--root", str(folder.parent)]

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *options], capture_output=True, text=True, check=False)

    said = run().stdout
    assert "version  state  created" in said
    assert len(said.splitlines()) == 8
    stage(folder.parent, GateResult("auc", True, {}, {}, "")), stage(folder.parent, PASSED)
    done = run("--keep", "2", "--keep-candidates", "1", "--json")
    result = json.loads(done.stdout)
    assert result["removed"] == ["2", "3", "4", "5"]
    assert [each["version"] for each in result["versions"]] == ["7", "6", "1"]
    assert result["versions"][2]["state"] == "live"
    assert (len(result["candidates"]), len(result["removed_candidates"])) == (1, 1)
    assert run("--keep", "0").returncode == 2
    assert run("--name", "nowhere").returncode == 2
    assert read_pointer(folder) == Pointer("1")
