"""The benchmark of flips flips, and finds no answer that is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_it_prints_its_figures_as_one_object():
    command = [sys.executable, "dynint.py", "bench", "flip", "--json", "--scorer", "embedded"]
    command += ["--rate", "20", "--rows", "10", "--flips", "1", "--steady-seconds", "6"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    cases = json.loads(done.stdout.splitlines()[-1])["cases"]
    assert [case["scorer"] for case in cases] == ["embedded"] * len(cases)
    for case in cases:
        assert (case["errors"], case["mixed"]) == (0, 0)
        assert min(case["answers_by_version"].values()) > 20
        assert len(case["flip_p99s_ms"]) == 1
        assert case["swaps_s"] == [case["swap_s"]]
        assert 0 < case["swap_s"] < 11  # within the load, which ends so long after the pointer
        assert 0 < case["steady_p50_ms"] <= case["steady_p99_ms"]
