"""Ten days of a drifting truth, a real ``dynint retrain`` each night, held to the truth each day."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]

DAYS = 10


def test_a_model_retrained_daily_keeps_its_distance_to_the_truth_and_one_never_does_not(
    tmp_path: Path,
):
    command = [sys.executable, "-m", "dynint", "bench", "days", "--days", str(DAYS)]
    command += ["--rows", "40000", "--drift", "0.05", "--plot", str(tmp_path / "days.png")]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    days = report["days"]
    assert [day["refused"] for day in days] == [""] * DAYS  # nobody helped
    assert [day["version"] for day in days] == [str(number) for number in range(1, DAYS + 1)]
    daily = [day["daily"] for day in days]
    never = [day["never"] for day in days]
    # The first day both are the same model. From there one gains on the truth, the other loses it.
    assert daily[0] == never[0]
    assert max(daily[1:]) < daily[0]
    assert report["daily_second_half"] < report["daily_first_half"]
    assert report["never_second_half"] > report["never_first_half"]
    assert never[-1] > 1.3 * never[0]
    assert never[-1] > 1.7 * daily[-1]
    assert (tmp_path / "days.png").stat().st_size > 10_000
