import os
import sys
from pathlib import Path

import pytest

from service.cpus import default_workers, usable_cpus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="affinity is Linux's")


@pytest.fixture
def here() -> int:
    """The CPUs of this process."""
    return len(os.sched_getaffinity(0))


@pytest.mark.parametrize("quota", ["max 100000\n", "", "much\n", "6400000 100000\n"])
def test_without_a_smaller_quota_they_are_those_of_the_affinity(
    tmp_path: Path, quota: str, here: int
):
    (tmp_path / "cpu.max").write_text(quota)
    assert usable_cpus(tmp_path / "cpu.max") == here
    assert usable_cpus(tmp_path / "none") == here


@pytest.mark.parametrize(("quota", "cpus"), [("100000 100000", 1), ("50000 100000", 1)])
def test_a_quota_counts(tmp_path: Path, quota: str, cpus: int):
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert usable_cpus(tmp_path / "cpu.max") == cpus


def test_half_a_cpu_more_is_one_more(tmp_path: Path, here: int):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert usable_cpus(tmp_path / "cpu.max") == min(here, 2)


def test_one_event_loop_keeps_no_more_than_four_threads_busy():
    assert 1 <= default_workers() <= 4
