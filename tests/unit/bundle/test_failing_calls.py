"""Faults 20 and 21: each call to the file system fails once, and the process is killed at each.

Publishing, promoting, going back and removing are tried with every single call failing, and killed
at every one: a root is wholly old or wholly new, an error says which, and the next run succeeds.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.bundle.release_operations import OPERATIONS, make_seed

ROOT = Path(__file__).parents[3]
STEP = 7
FEWEST = {
    "publish": 60,
    "export": 60,
    "stage": 60,
    "announce": 20,
    "promote": 20,
    "rollback": 20,
    "retain": 12,
    "retain_candidates": 8,
}
"""Calls that there are at least: fewer, and the counting is broken."""


@pytest.fixture(scope="module")
def seed() -> Iterator[Path]:
    """A root in memory if there is such a place: hundreds of trials wait for the disk otherwise."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder of its own is made in it)
    usable = os.access(memory, os.W_OK)
    with tempfile.TemporaryDirectory(dir=memory if usable else None) as folder:
        yield make_seed(Path(folder) / "seed")


def tried(seed: Path, name: str, how: str, step: int) -> dict[str, list[str]]:
    """Try every so many calls; returns what was struck and how each trial ended."""
    command = ["-m", "tests.unit.bundle.failing_calls", str(seed), name, how, str(step)]
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def check_failures(found: dict[str, list[str]], fewest: int) -> None:
    assert len(found["struck"]) >= fewest
    # Deleting what is renamed already may fail: the next run does it.
    assert sum("Error" in outcome for outcome in found["outcomes"]) >= len(found["struck"]) // 5


@pytest.mark.parametrize("name", ["publish", "promote"])
def test_20_a_call_that_fails_leaves_wholly_old_or_wholly_new(seed: Path, name: str):
    check_failures(tried(seed, name, "fail", STEP), FEWEST[name] // STEP)


@pytest.mark.parametrize("name", ["publish", "promote"])
def test_21_killed_at_a_call_it_leaves_wholly_old_or_wholly_new(seed: Path, name: str):
    found = tried(seed, name, "kill", STEP)
    assert len(found["struck"]) >= FEWEST[name] // STEP
    assert set(found["outcomes"][:-1]) == {"killed"}


@pytest.mark.slow
@pytest.mark.parametrize("name", FEWEST)
def test_20_every_call_that_fails_leaves_wholly_old_or_wholly_new(seed: Path, name: str):
    found = tried(seed, name, "fail", 1)
    check_failures(found, FEWEST[name])
    assert {"open", "fsync"} <= set(found["struck"])
    if name in {"publish", "export", "promote", "rollback"}:
        assert {"os.rename", "write", "fcntl.flock"} <= set(found["struck"])


@pytest.mark.slow
@pytest.mark.parametrize("name", FEWEST)
def test_21_killed_at_every_call_it_leaves_wholly_old_or_wholly_new(seed: Path, name: str):
    found = tried(seed, name, "kill", 1)
    assert len(found["struck"]) >= FEWEST[name]
    assert set(found["outcomes"][:-1]) == {"killed"}


def test_every_operation_is_tried():
    assert FEWEST.keys() == OPERATIONS.keys()
