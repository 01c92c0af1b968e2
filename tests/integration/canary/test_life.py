"""The acceptance of releases: promotions, a bad canary and a rollback under one constant load."""

from pathlib import Path

import httpx
import pytest

from model.bundle import Pointer, promote, read_evidence, read_pointer, rollback, start_canary
from tests.integration.canary.callers import PATIENCE_S, Callers
from tests.integration.processes import GatewayProcess, wait_until

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD, BROKEN = "1", "2", "3", "5"


def test_three_promotions_a_bad_canary_and_a_rollback_fail_and_mix_nothing(
    gateway: GatewayProcess, root: Path
):
    folder = root / "sums"
    promote(folder, FIRST)
    callers = Callers(gateway.url, root)
    with callers.calling():
        callers.until_it_answers(FIRST, 60)
        for version in (SECOND, THIRD, SECOND):
            promote(folder, version)
            callers.until_it_answers(version, 30)
        start_canary(folder, BROKEN, 0.3)
        wait_until(lambda: read_pointer(folder) == Pointer(SECOND, THIRD), PATIENCE_S)
        assert (read_evidence(folder, BROKEN) or {})["reason"] == "errors"
        callers.more(30)
        rollback(folder)
        callers.until_it_answers(THIRD, 30)
    # Each answer was compared with the scores of the version that it names.
    assert set(callers.seen) - {BROKEN} == {FIRST, SECOND, THIRD}
    (model,) = httpx.get(f"{gateway.url}/v1/models").json()["models"]
    assert (model["version"], model["previous"]) == (THIRD, SECOND)
