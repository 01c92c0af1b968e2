"""What a night tells that does nothing, or cannot: after failures, and where a folder is gone."""

import os
import shutil
import time
from pathlib import Path

import pytest

from model.bundle import promote, read_pointer, rollback
from model.bundle.publish import publish
from model.errors import BusyError, DynIntError, InvalidInputError
from tests.model.retrain.test_alerts import samples
from tests.unit.bundle.candidates import PASSED, proven, stage
from training.retrain.config import RetrainConfig
from training.retrain.journal import ABANDONED, PROMOTED, REFUSED, Journal
from training.retrain.plan import plan
from training.retrain.retrain import forecast, retrain
from training.retrain.turn import turn
from training.retrain.work import bind
from training.train.toml_text import toml_text

DAY = "2026-11-20"
NEXT = "2026-11-21"


class Night:
    """A job after its first night, as its record says: version 1 is live, nothing is new.

    Attributes:
        file: the textfile.
        last: the journal of the night that was promoted.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / "dynint.prom"
        self.root = home / "releases"
        (home / "logs").mkdir()
        (home / "work").mkdir()
        self.config = RetrainConfig.parse(
            {
                "work": str(home / "work"),
                "logs": {"folder": str(home / "logs"), "pattern": "{date}.txt"},
                "release": {"root": str(self.root)},
                "alerts": {"textfile": str(self.file)},
            }
        )
        bind(self.config)
        self.write_log(DAY)
        self.last = self.begin(DAY)
        self.release(self.last)
        self.end(self.last, PROMOTED, "2026-11-20T02:00:00+00:00")

    def write_log(self, day: str) -> Path:
        path = self.home / "logs" / f"{day}.txt"
        path.write_text(f"a log of {day}\n")
        return path

    def begin(self, day: str) -> Journal:
        """Begin the night of what is new now, as the command does."""
        found = plan(self.config, cold=False)
        assert found is not None
        folder = self.config.work / f"{day}-1"
        folder.mkdir()
        tables = {"model": dict(self.config.run.model)}
        (folder / "train.toml").write_text(toml_text(tables))
        journal = Journal(folder / "journal.json", found.identity(self.config))
        with journal.step("collect") as result:
            result["day"] = day
        return journal

    def release(self, journal: Journal) -> None:
        """Publish a version, and make it live."""
        with journal.step("publish") as result:
            done = publish(stage(self.root, PASSED), proven)
            result |= {"version": done.version, "digest": done.manifest_digest}
        with journal.step("promote"):
            promote(self.root / "dynint", done.version)

    def end(self, journal: Journal, outcome: str, ended: str) -> None:
        journal.outcome, journal.ended = outcome, ended
        journal.write()

    def fail(self) -> None:
        """Have a night fail: the folder of the logs is away for it."""
        logs = self.home / "logs"
        logs.rename(self.home / "away")
        with pytest.raises(InvalidInputError, match=r"\[logs\] folder must be there"):
            retrain(self.config)
        (self.home / "away").rename(logs)
        assert self.told == "failed"
        assert self.told_s == pytest.approx(time.time(), abs=600)

    @property
    def told(self) -> str:
        """The outcome that the textfile has."""
        (found,) = (
            key[1]
            for key, value in samples(self.file.read_text()).items()
            if key[0] == "dynint_retrain_outcome" and value == 1
        )
        return found

    @property
    def told_s(self) -> float:
        return samples(self.file.read_text())["dynint_retrain_last_run_timestamp_seconds",]


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_a_failure_ends_with_the_next_run_that_finds_nothing_new(night: Night):
    night.fail()
    assert retrain(night.config).outcome == "nothing new"
    assert night.told == "promoted"
    assert night.told_s == 1795140000  # when that run ended: a job that is silent since is one


def test_nothing_new_touches_no_file_that_tells_of_no_failure(night: Night):
    assert retrain(night.config).outcome == "nothing new"
    assert not night.file.exists()
    night.file.write_text('dynint_retrain_outcome{model="other",outcome="failed"} 1\n')
    assert retrain(night.config).outcome == "nothing new"
    assert night.file.read_text().startswith('dynint_retrain_outcome{model="other"')
    night.file.unlink()
    os.mkfifo(night.file)  # which nobody writes to
    assert retrain(night.config).outcome == "nothing new"
    assert night.file.is_fifo()


def test_a_refusal_stands_again_after_a_failure(night: Night):
    night.write_log(NEXT)
    refused = night.begin(NEXT)
    refused.reason = "auc: worse"
    night.end(refused, REFUSED, "2026-11-21T02:00:00+00:00")
    night.fail()
    done = retrain(night.config)
    assert (done.outcome, done.reason) == ("refused", "auc: worse")
    assert (night.told, night.told_s) == ("refused", 1795226400)


def test_the_run_that_ended_last_is_not_the_last_by_name(night: Night):
    night.write_log(NEXT)
    gone = night.begin(NEXT)
    night.end(gone, ABANDONED, "2026-11-23T02:00:00+00:00")
    night.end(night.last, PROMOTED, "2026-11-22T02:00:00+00:00")
    shutil.copytree(gone.folder, night.config.work / f"{NEXT}-2")
    older = Journal.load(night.config.work / f"{NEXT}-2")
    night.end(older, REFUSED, "2026-11-21T02:00:00+00:00")
    (night.home / "logs" / f"{NEXT}.txt").unlink()
    night.fail()
    assert retrain(night.config).outcome == "nothing new"
    assert (night.told, night.told_s) == ("promoted", 1795312800)


def test_an_older_record_ended_when_it_was_written(night: Night):
    night.end(night.last, PROMOTED, "")
    os.utime(night.last.path, (1795000000, 1795000000))
    night.fail()
    retrain(night.config)
    assert night.told_s == 1795000000


def test_what_somebody_went_back_from_ends_a_failure_too(night: Night):
    night.write_log(NEXT)
    second = night.begin(NEXT)
    night.release(second)
    night.end(second, PROMOTED, "2026-11-21T02:00:00+00:00")
    rollback(night.root / "dynint")
    night.fail()
    done = retrain(night.config)
    assert done.outcome == "rolled back"
    assert "version 2 was made of these logs, and somebody went back" in done.reason
    assert (night.told, night.told_s) == ("promoted", 1795226400)


@pytest.mark.parametrize("lost", ["releases", "releases/dynint", "releases/dynint/current.json"])
@pytest.mark.parametrize("more", [False, True])
def test_a_root_that_is_gone_is_a_failure_and_nobodys_rollback(night: Night, lost: str, more: bool):
    if more:  # which must not become the first release of a root that is not mounted
        night.write_log(NEXT)
    (night.home / lost).rename(night.home / "aside")
    there = sorted(night.home.rglob("*"))
    for call in (lambda: retrain(night.config), lambda: forecast(night.config, False, False)):
        with pytest.raises(InvalidInputError, match=r"must have dynint/current\.json") as caught:
            call()
        assert f"run {DAY}-1 made version 1 live; received '{night.root}'" in str(caught.value)
        assert caught.value.exit_code == 2
    assert night.told == "failed"
    assert set(night.home.rglob("*")) - set(there) == {night.file, night.config.work / ".lock"}
    (night.home / "aside").rename(night.home / lost)
    (night.home / "logs" / f"{NEXT}.txt").unlink(missing_ok=True)
    assert retrain(night.config).outcome == "nothing new"
    assert night.told == "promoted"


def test_the_forecast_of_a_night_that_was_cut_off_is_what_comes(night: Night):
    night.write_log(NEXT)
    name = night.begin(NEXT).folder.name
    assert forecast(night.config, False, False)[0] == f"goes on   with {name}, which was cut off"
    again = forecast(night.config, False, again=True)
    assert again[0] == f"gives up  {name}, which was cut off"
    assert not any("goes on" in line for line in again)


def test_a_version_that_is_gone_is_a_failure(night: Night):
    shutil.rmtree(night.root / "dynint" / "1")
    with pytest.raises(DynIntError, match="dynint/1"):
        retrain(night.config)
    assert night.told == "failed"


def test_cold_finds_out_that_the_version_is_live_or_that_none_is(night: Night):
    done = retrain(night.config, cold=True)
    assert (done.outcome, done.version) == ("promoted", "1")
    assert read_pointer(night.root / "dynint") is not None
    night.root.rename(night.home / "aside")
    with pytest.raises(InvalidInputError, match="--cold --again starts anew"):
        retrain(night.config, cold=True)


def test_a_work_folder_that_cannot_be_used_is_told(night: Night):
    work = night.config.work
    (work / ".lock").mkdir()  # which no process can lock, root neither
    with pytest.raises(InvalidInputError, match="cannot be locked"):
        retrain(night.config)
    assert night.told == "failed"
    (work / ".lock").rmdir()
    assert retrain(night.config).outcome == "nothing new"
    assert night.told == "promoted"
    work.rename(night.home / "aside")
    work.write_text("a file in its place")
    with pytest.raises(InvalidInputError, match=r"work: .* cannot be made"):
        retrain(night.config)
    assert night.told == "failed"


def test_another_models_work_folder_is_told(night: Night):
    (night.config.work / "model.json").write_text('{"root": "/", "name": "other"}')
    with pytest.raises(InvalidInputError, match="must be this model's own"):
        retrain(night.config)
    assert night.told == "failed"


def test_another_run_that_is_at_work_is_no_failure(night: Night):
    with turn(night.config.work), pytest.raises(BusyError, match="another retraining is at work"):
        retrain(night.config)
    assert not night.file.exists()
