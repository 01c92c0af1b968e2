"""``dynint retrain``, night after night: real logs, real training, a real stack for the gates."""

import gzip
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from model.bundle import rollback
from tests.integration.retraining import ROWS, Job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FIRST, SECOND = 20, 21


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job after its first night."""
    job = Job(tmp_path_factory.mktemp("night"))
    job.write_day(FIRST)
    done = job.run()
    assert done["outcome"] == "promoted", done["said"]
    return job


@pytest.fixture
def job(night: Job, tmp_path: Path) -> Job:
    """A copy of it, with paths of its own."""
    shutil.copytree(night.home, tmp_path / "job")
    owner = tmp_path / "job" / "work" / "model.json"  # says where the releases are
    owner.write_text(owner.read_text().replace(str(night.home), str(tmp_path / "job")))
    return Job(tmp_path / "job")


def test_the_first_night_makes_the_first_release(night: Job):
    assert night.versions == [1]
    assert night.pointer is not None
    assert night.pointer.current == "1"
    gates = json.loads((night.model_dir / "1" / "gates.json").read_text())
    assert gates["passed"] is True
    assert {"parity", "latency", "folding certificate", "calibration"} <= {
        gate["name"] for gate in gates["gates"]
    }
    folder = night.home / "work" / "2026-11-20-1"
    report = (folder / "report.html").read_text()
    assert "version 1 is live" in report
    assert "<script" not in report
    assert "http" not in report.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert (
        'dynint_retrain_outcome{model="dynint",outcome="promoted"} 1'
        in (night.home / "dynint.prom").read_text()
    )


def test_nothing_new_is_no_error_and_does_nothing(job: Job):
    before = sorted((job.home / "work").iterdir())
    assert job.run()["outcome"] == "nothing new"
    assert sorted((job.home / "work").iterdir()) == before


def test_a_second_night_starts_from_the_first(job: Job):
    job.write_day(SECOND)
    dry = job.run("--dry-run")
    assert any("2026-11-21.txt" in line for line in dry["plan"])
    assert any("version 1" in line for line in dry["plan"])
    assert not (job.home / "work" / "2026-11-21-1").exists()
    done = job.run()
    assert (done["outcome"], done["version"]) == ("promoted", "2"), done["reason"]
    assert job.pointer is not None
    assert (job.pointer.current, job.pointer.previous) == ("2", "1")
    steps = job.journal("2026-11-21-1")["steps"]
    rows = steps["train"]["result"]["warm_start"]["rows"]
    assert rows["carried"] > 1_000
    assert rows["new"] > 100
    names = {gate["name"] for gate in steps["gates"]["result"]["gates"]}
    assert {"auc", "log loss", "score shift"} <= names
    live, candidate = (steps["evaluate"]["result"][who] for who in ("live", "candidate"))
    assert live["rows"] == candidate["rows"] == 800
    assert "live" in (job.home / "work" / "2026-11-21-1" / "report.html").read_text()


def _half(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 4]))


def _malformed(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, *([b"no\tlog\n"] * 4)]))


def _all_clicks(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        b"".join(b"1" + line[1:] if place % 2 else line for place, line in enumerate(lines))
    )


def _unseen(path: Path) -> None:
    """A new hash of every category."""
    rows = [line.split(b"\t") for line in path.read_bytes().split(b"\n")[:-1]]
    for row in rows:
        row[14:] = [cell and cell[::-1] + b"x" for cell in row[14:]]
    path.write_bytes(b"".join(b"\t".join(row) + b"\n" for row in rows))


def _swapped(path: Path) -> None:
    """Two columns in the wrong order."""
    rows = [line.split(b"\t") for line in path.read_bytes().split(b"\n")[:-1]]
    for row in rows:
        row[1], row[5] = row[5], row[1]
    path.write_bytes(b"".join(b"\t".join(row) + b"\n" for row in rows))


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (_half, "volume"),
        (_malformed, "schema"),
        (_all_clicks, "positive rate"),
        (_unseen, "unseen levels"),
        (_swapped, "drift"),
    ],
)
def test_a_day_of_broken_data_is_refused(job: Job, damage: Callable[[Path], None], check: str):
    damage(job.write_day(SECOND))
    done = job.run(code=1)
    assert done["outcome"] == "refused"
    assert f"{check}: " in done["reason"]
    assert job.versions == [1]
    assert job.pointer is not None
    assert job.pointer.current == "1"
    assert "train" not in job.journal("2026-11-21-1")["steps"]
    assert 'outcome="refused"} 1' in (job.home / "dynint.prom").read_text()
    (line,) = job.run("--dry-run")["plan"]
    assert "2026-11-21-1 is over already (refused); --again" in line
    assert job.run("--dry-run", "--again")["plan"][0].startswith("new ")
    again = job.run(code=1)  # and it stays so, without the work
    assert again["reason"] == done["reason"]
    assert not (job.home / "work" / "2026-11-21-2").exists()


def test_a_good_day_after_a_refused_one_learns_from_that_one(job: Job):
    _half(job.write_day(SECOND))
    job.run(code=1)
    job.write_day(SECOND)  # sent again, whole
    done = job.run()
    assert done["outcome"] == "promoted"
    assert done["run"].endswith("2026-11-21-2")


def test_24_shuffled_labels_pass_no_gate(job: Job):
    path = job.write_day(SECOND)
    rows = path.read_bytes().splitlines(keepends=True)
    labels = [row[:1] for row in rows]
    random.Random(1).shuffle(labels)
    path.write_bytes(b"".join(label + row[1:] for label, row in zip(labels, rows, strict=True)))
    job.change("log_loss_margin", "0.001")
    done = job.run(code=1)
    assert done["outcome"] == "refused"
    assert "the candidate must pass every check" in done["reason"]
    assert job.versions == [1]
    candidates = list((job.home / "releases" / ".candidates").glob("*/dynint/1/gates.json"))
    assert len(candidates) == 1  # kept aside, with its report
    assert json.loads(candidates[0].read_text())["passed"] is False


def test_a_rollback_is_not_undone_by_the_next_run(job: Job):
    job.write_day(SECOND)
    assert job.run()["version"] == "2"
    rollback(job.model_dir)
    done = job.run()
    assert done["outcome"] == "rolled back"
    assert "somebody went back" in done["reason"]
    assert job.pointer is not None
    assert job.pointer.current == "1"
    job.write_day(SECOND + 1)
    assert job.run()["version"] == "3"  # from version 1, of both days
    rows = job.journal("2026-11-22-1")["steps"]["prepare"]["result"]["rows"]
    assert rows == 2 * ROWS


def test_a_failure_is_told_until_it_is_over(job: Job):
    textfile = job.home / "dynint.prom"
    promoted = textfile.read_text()
    for lost, said in (("releases", "[release] root must have"), ("work", "cannot be made")):
        (job.home / lost).rename(job.home / "away")
        if lost == "work":
            (job.home / lost).write_text("a file in its place")
        assert said in job.run(code=2)["said"]
        assert 'outcome="failed"} 1' in textfile.read_text()
        if lost == "work":
            (job.home / lost).unlink()
        (job.home / "away").rename(job.home / lost)
        assert job.run()["outcome"] == "nothing new"
        assert textfile.read_text() == promoted


def test_another_network_is_found_out_before_anything_is_done(job: Job):
    job.write_day(SECOND)
    job.change("dim", "16")
    done = job.run(code=2)
    assert "[model] must be that of the live release" in done["said"]
    assert "dim is 16, not 8" in done["said"]


def test_a_live_release_that_was_made_elsewhere_needs_a_word(job: Job):
    job.write_day(SECOND)
    shutil.rmtree(job.home / "work")
    done = job.run(code=2)
    assert "must hold the run of the live release, version 1" in done["said"]
    assert "--cold" in done["said"]
    assert job.run("--cold")["outcome"] == "promoted"
    assert job.versions == [1, 2]


def test_22_a_second_retraining_at_once_ends_with_3_and_names_the_first(job: Job):
    job.write_day(SECOND)
    with job.start() as first:
        assert job.wait_for_step(first, "2026-11-21-1", "collect")
        second = job.run(code=3)
        assert f"another retraining is at work: process {first.pid}" in second["said"]
        first.communicate(timeout=500)
    assert first.returncode == 0
    assert job.versions == [1, 2]


def test_packed_logs_are_read(job: Job):
    path = job.write_day(SECOND)
    with gzip.open(f"{path}.gz", "wb") as packed:
        packed.write(path.read_bytes())
    path.unlink()
    job.change("pattern", '"{date}.txt.gz"')
    assert job.run()["outcome"] == "promoted"
