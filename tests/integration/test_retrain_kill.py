"""kill -9 at every step of a night: the next run goes on, nothing is published twice, nothing is left running."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.integration.processes import wait_until
from tests.integration.retraining import Job

pytestmark = pytest.mark.slow

STEPS = (
    "collect", "check", "prepare", "train", "evaluate", "export", "gates", "publish", "canary", "promote",
)  # fmt: skip
RUN = "2026-11-21-1"
CANARY = "\n[canary]\nshare = 0.5\nseconds = 2.0\n"


def descendants(pid: int) -> list[int]:
    """The processes that a process began, and those that they began."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found = list(parents.get(pid, ()))
    for child in found:
        found += parents.get(child, ())
    return found


def runs(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.timeout(1500)
def test_a_night_that_is_killed_at_every_step_ends_as_if_it_had_not_been(tmp_path: Path):
    job = Job(tmp_path / "job", CANARY)
    job.write_day(20)
    assert job.run()["outcome"] == "promoted"
    job.write_day(21)
    for step in STEPS:
        with job.start() as child:
            assert job.wait_for_step(child, RUN, step), child.stderr and child.stderr.read()
            started = descendants(child.pid)
            os.kill(child.pid, signal.SIGKILL)
            child.communicate(timeout=60)
        wait_until(lambda s=started: not any(map(runs, s)), 60)
        # Wholly old or wholly new: the live version is whole, and no third one has come.
        assert job.pointer is not None
        assert job.pointer.current in {"1", "2"}
        assert job.pointer.current == "1" or step == "promote"
        assert job.versions in ([1], [1, 2])
        if step in STEPS[: STEPS.index("publish")]:
            assert job.versions == [1]
    done = job.run()
    assert done["outcome"] in {"promoted", "nothing new"}, done
    assert job.versions == [1, 2]
    assert job.pointer is not None
    assert (job.pointer.current, job.pointer.previous, job.pointer.canary) == ("2", "1", None)
    journal = job.journal(RUN)
    assert journal["outcome"] == "promoted"
    assert (job.home / "work" / RUN / "report.html").is_file()
    assert not [
        each for each in (job.home / "work").iterdir() if each.name.startswith("2026-11-21-2")
    ]
    candidates = list((job.home / "releases" / ".candidates").glob("*/candidate.json"))
    digests = [json.loads(path.read_text())["manifest"] for path in candidates]
    published = json.loads((job.model_dir / "2" / "gates.json").read_text())["manifest"]
    assert digests.count(published) == 1
    assert not list(job.model_dir.glob(".staging-*"))


@pytest.mark.timeout(900)
def test_logs_that_change_meanwhile_are_another_run_and_its_canary_ends(tmp_path: Path):
    job = Job(tmp_path / "job", CANARY.replace("2.0", "600.0"))
    job.write_day(20)
    job.run()
    job.write_day(21)
    with job.start() as child:
        assert job.wait_for_step(child, RUN, "canary")
        wait_until(lambda: job.pointer is not None and job.pointer.canary is not None, 60)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate(timeout=60)
    job.write_day(22)
    job.change("seconds", "1.0")
    done = job.run()
    assert done["outcome"] == "promoted"
    assert job.journal(RUN)["outcome"] == "abandoned"
    assert job.pointer is not None
    assert (job.pointer.current, job.pointer.previous, job.pointer.canary) == ("3", "1", None)
