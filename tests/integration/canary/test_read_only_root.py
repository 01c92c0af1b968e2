"""A gateway that cannot write its verdict: whoever ends the trial has figures and thresholds from it."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.bundle import Pointer, read_evidence, read_pointer, start_canary
from model.errors import CheckFailedError
from tests.integration.canary.callers import PATIENCE_S, Callers
from tests.integration.canary.conftest import SETTINGS
from tests.integration.canary.test_canary import describe, dynint
from tests.integration.conftest import copy_releases
from tests.integration.processes import GatewayProcess, wait_until
from training.retrain.config import RetrainConfig
from training.retrain.plan import Live
from training.retrain.release_steps import try_out

pytestmark = pytest.mark.slow

LIVE, BROKEN = "1", "5"


@pytest.fixture
def root(made_canaries: Path, tmp_path: Path) -> Path:
    """A root with version 1 live, which this process can write."""
    return copy_releases(made_canaries, tmp_path / "root")


@pytest.fixture
def gateway(root: Path, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A gateway on a copy of it, which it cannot write; the pointer follows."""
    copy = shutil.copytree(root, tmp_path / "copy")
    lock = copy / "sums" / ".lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()  # no process can lock it, root neither
    done = threading.Event()

    def follow() -> None:
        while not done.wait(0.01):
            text = (root / "sums" / "current.json").read_bytes()
            if text != (copy / "sums" / "current.json").read_bytes():
                (copy / "sums" / "new").write_bytes(text)
                (copy / "sums" / "new").replace(copy / "sums" / "current.json")

    following = threading.Thread(target=follow)
    following.start()
    try:
        with GatewayProcess(copy, **SETTINGS) as running:
            yield running
    finally:
        done.set()
        following.join()


def require_evidence(root: Path, gateway: GatewayProcess) -> None:
    """Find in the record what only the gateway has measured."""
    assert read_pointer(root / "sums") == Pointer(LIVE)
    evidence: dict[str, Any] = read_evidence(root / "sums", BROKEN) or {}
    assert (evidence["reason"], evidence["live"]) == ("errors", LIVE)
    assert evidence["thresholds"]["min_requests"] == SETTINGS["canary_min_requests"]
    assert evidence["figures"]["failures"]["no_probability"] > 0
    assert evidence["figures"]["error_rate"] > evidence["thresholds"]["max_error_rate"]
    wait_until(lambda: describe(gateway)["canary"] is None, PATIENCE_S)
    assert any("canary_stopped" in line for line in gateway.lines)


def test_a_retraining_ends_its_trial_with_the_gateways_figures(root: Path, gateway: GatewayProcess):
    config = RetrainConfig.parse(
        {
            "release": {"root": str(root), "name": "sums", "gateways": [gateway.url]},
            "canary": {"share": 0.5, "seconds": PATIENCE_S},
        }
    )
    callers = Callers(gateway.url, root)
    with (
        callers.calling(),
        pytest.raises(CheckFailedError, match="has judged against version 5: errors"),
    ):
        try_out(config, BROKEN, Live(LIVE, "", None), print)
    require_evidence(root, gateway)


def test_a_person_ends_a_trial_with_the_gateways_figures(root: Path, gateway: GatewayProcess):
    callers = Callers(gateway.url, root)
    with callers.calling():
        start_canary(root / "sums", BROKEN, 0.5)
        wait_until(lambda: (describe(gateway)["canary"] or {}).get("verdict"), PATIENCE_S)
    assert "version 1 stays live" in dynint(root, "rollback", "--gateway", gateway.url)
    require_evidence(root, gateway)
