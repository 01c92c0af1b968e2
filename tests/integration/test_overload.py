"""Fault 39: ten times the load that a gateway can take, in requests of 100 rows."""

from pathlib import Path

import pytest

from benchmarks.serving.cases import messages
from benchmarks.serving.overload import RECOVERY_S, measure
from benchmarks.serving.stack import gateway_process, make_releases
from service.settings import Settings

ROWS = 100


@pytest.mark.slow
@pytest.mark.parametrize("form", ["instances", "ranking"])
def test_39_ten_times_the_load_is_refused_at_once_and_what_is_taken_is_scored(
    tmp_path: Path, form: str
):
    make_releases(tmp_path)
    with gateway_process(tmp_path) as (port, pid):
        seen = measure(port, pid, messages(ROWS)[form]["predict"], ROWS, times=10, seconds=10)
    print(seen)
    assert set(seen["statuses"]) == {200, 503}
    assert seen["statuses"][503] > seen["statuses"][200]
    assert seen["goodput_to_peak"] > 0.5
    assert seen["accepted_ms"]["p99"] < Settings.model_fields["request_timeout_ms"].default
    assert seen["refused_ms"]["p99"] < 500
    assert set(seen["probe_statuses"]) == {200}
    assert seen["probe_slowest_ms"] < 1000
    assert seen["recovery_s"] < RECOVERY_S
