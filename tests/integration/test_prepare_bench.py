import json
import subprocess

import pytest

from tests.integration.prepared import DYNINT


def test_the_benchmark_prints_its_figures_as_one_object():
    done = subprocess.run(
        [*DYNINT, "bench", "prepare", "--rows", "2000", "--repeat", "2", "--json"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["rows"], result["fields"]) == (2000, 39)
    assert result["rows_per_second"] == pytest.approx(2000 / result["seconds"], rel=0.01)
    assert 50 < result["peak_rss_mb"] < 3000
    assert result["cpu_seconds"] > 0
