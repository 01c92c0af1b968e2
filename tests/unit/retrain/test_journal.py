"""The record of a run, and who is at it."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from model.errors import BusyError, InvalidInputError
from training.retrain.journal import ABANDONED, PROMOTED, REFUSED, RUNNING, Journal
from training.retrain.turn import turn
from training.retrain.work import Work, clear

DAY = date(2026, 11, 26)


def test_a_step_is_done_when_its_block_has_ended_and_not_before(tmp_path: Path):
    journal = Journal(tmp_path / "journal.json", {"of": "this"})
    with pytest.raises(RuntimeError), journal.step("train"):
        raise RuntimeError("killed")
    read = Journal.load(tmp_path)
    assert "began" in read.steps["train"]
    assert not read.done("train")
    with read.step("train") as result:
        result["auc"] = 0.7
    assert Journal.load(tmp_path).result("train") == {"auc": 0.7}


def test_a_damaged_journal_is_named(tmp_path: Path):
    (tmp_path / "journal.json").write_text("{")
    with pytest.raises(InvalidInputError, match=r"journal\.json"):
        Journal.load(tmp_path)


def test_the_same_work_goes_on_and_is_not_done_twice(tmp_path: Path):
    work = Work(tmp_path)
    first = work.journal(DAY, {"of": 1}, again=False)
    assert work.journal(DAY, {"of": 1}, again=False).folder == first.folder
    first.end(REFUSED, "a gate")
    assert work.journal(DAY, {"of": 1}, again=False).outcome == REFUSED
    second = work.journal(DAY, {"of": 1}, again=True)
    assert second.folder.name == "2026-11-26-2"
    assert second.outcome == RUNNING


def test_a_run_that_was_abandoned_is_not_gone_on_with(tmp_path: Path):
    work = Work(tmp_path)
    first = work.journal(DAY, {"of": 1}, again=False)
    assert [run.folder for run in work.unfinished()] == [first.folder]
    assert work.journal(DAY, {"of": 2}, again=False).folder != first.folder
    first.end(ABANDONED)
    assert first.folder not in [run.folder for run in work.unfinished()]
    assert work.journal(DAY, {"of": 1}, again=False).folder != first.folder


def test_the_run_of_a_release_is_found_by_its_manifest(tmp_path: Path):
    work = Work(tmp_path)
    journal = work.journal(DAY, {"of": 1}, again=False)
    with journal.step("collect") as result:
        result["day"] = str(DAY)
    with journal.step("publish") as result:
        result["digest"] = "abc"
    journal.end(PROMOTED)
    known = work.known("abc")
    assert known is not None
    assert (known.folder, known.learnt) == (journal.folder, DAY)
    assert work.known("other") is None


def test_a_damaged_journal_counts_as_none_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    work = Work(tmp_path)
    damaged = work.journal(DAY, {"of": 1}, again=False)
    damaged.path.write_text("{")
    journal = work.journal(DAY, {"of": 1}, again=False)
    assert journal.folder != damaged.folder
    assert [run.folder for run in work.journals()] == [journal.folder]
    assert work.known("abc") is None
    assert str(damaged.path) in capsys.readouterr().err


def test_attempts_are_numbers_not_texts(tmp_path: Path):
    for attempt in (1, 2, 10):
        folder = tmp_path / f"2026-11-26-{attempt}"
        folder.mkdir()
        Journal(folder / "journal.json", {}).write()
    assert [folder.name[11:] for folder in Work(tmp_path).runs()] == ["1", "2", "10"]


def test_clearing_a_run_keeps_its_record(tmp_path: Path):
    for name in ("journal.json", "report.html", "report.json", "scores.npz"):
        (tmp_path / name).touch()
    (tmp_path / "data").mkdir()
    clear(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "journal.json",
        "report.html",
        "report.json",
    ]


def test_a_second_one_is_told_who_is_at_it_and_for_how_long(tmp_path: Path):
    holding = (
        "import sys, time\nfrom pathlib import Path\nfrom training.retrain.turn import turn\n"
        "with turn(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            told = rf"process {holder.pid} on .*, since 20"
            with pytest.raises(BusyError, match=told) as found, turn(tmp_path):
                raise AssertionError("both hold it")
            assert found.value.exit_code == 3
        finally:
            holder.kill()
    with turn(tmp_path):  # a killed one leaves nothing that must be removed by hand
        assert json.loads((tmp_path / "owner.json").read_text())["pid"] != holder.pid
    assert not (tmp_path / "owner.json").exists()
