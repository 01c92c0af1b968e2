"""The benchmark of training measures the real pipeline."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_it_prints_its_figures_as_one_object():
    command = [sys.executable, "dynint.py", "bench", "train", "--json", "--model", "lr"]
    command += ["--rows", "60000", "--table-rows", "3900", "--ten-times"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["table_rows"] == 3900
    assert figures["examples_per_second"] > 0
    assert figures["step_ms"] > 0
    assert figures["input_ms"] > 0
    assert figures["table_10x_step_ratio"] > 0
    assert 39 < figures["distinct_rows_per_batch"] <= 3900
    assert figures["rows"] == 60000 - 8 * 4096
