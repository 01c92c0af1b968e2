"""A minute of load with a flip every few seconds: nothing fails, nothing is mixed, nothing grows."""

import sys
from pathlib import Path

import pytest

from benchmarks.serving.soak import soak
from benchmarks.serving.stack import make_releases
from benchmarks.serving.witness import Witness


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")
def test_a_minute_of_flips_fails_mixes_and_keeps_nothing(tmp_path: Path):
    make_releases(tmp_path, 2)
    witness = Witness.ask(tmp_path, 20, bodies=8)
    # On a busy machine requests wait longer for their turn than a gateway should let them.
    patience = {"queue_target_ms": 2_000, "request_timeout_ms": 2_000}
    result, seen = soak(
        tmp_path, witness, 20, 60, flip_every_s=5, settled_s=15, sample_every_s=1.0, **patience
    )
    assert (result["errors"], result["mixed"]) == (0, 0)
    assert min(result["answers_by_version"].values()) > 100
    assert result["flips"] == 11
    late = [each for each in seen if each.at_s >= result["settled_s"]]
    # Two releases are loaded now and then, so compare what is held between the flips: the least.
    early, end = late[: len(late) // 3], late[-len(late) // 3 :]

    def least(name: str) -> list[float]:
        return [min(getattr(each, name) for each in part) for part in (early, end)]

    before, after = least("descriptors")
    assert after <= before + 1
    before, after = least("tasks")
    assert after <= before + 1
    before, after = least("threads")
    assert after <= before
    before, after = least("private_mb")
    assert after < 1.15 * before  # a release that stayed would be 10 MB, six of them 60
