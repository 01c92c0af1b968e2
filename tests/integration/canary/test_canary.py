"""Canaries under constant load: real gateways, redis-server and model server, the embedded scorer too."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from model.bundle import (
    Canary,
    Pointer,
    promote,
    read_evidence,
    read_pointer,
    start_canary,
    write_pointer,
)
from tests.integration.canary.callers import PATIENCE_S, Callers
from tests.integration.processes import GatewayProcess, wait_until

pytestmark = pytest.mark.slow

LIVE, GOOD, SLOW, BROKEN, SHIFTED = "1", "3", "4", "5", "6"


@pytest.fixture
def folder(root: Path, gateway: GatewayProcess) -> Path:
    """The model's folder, with version 1 live and no canary, as the gateway sees it too."""
    write_pointer(root / "sums", Pointer(LIVE))
    wait_until(lambda: describe(gateway)["version"] == LIVE, PATIENCE_S)
    wait_until(lambda: describe(gateway)["canary"] is None, PATIENCE_S)
    return root / "sums"


def describe(gateway: GatewayProcess) -> dict[str, Any]:
    (model,) = httpx.get(f"{gateway.url}/v1/models").json()["models"]
    return model


def state_of(gateway: GatewayProcess) -> str | None:
    """Read the canary's state; ``None`` without one."""
    canary = describe(gateway)["canary"]
    return None if canary is None else canary["state"]


def metric(gateway: GatewayProcess, name: str, **labels: str) -> float:
    """Read a metric; 0 if it is not there."""
    wanted = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    line = name + (f"{{{wanted}}}" if wanted else "")
    found = re.search(
        f"^{re.escape(line)} (.*)$", httpx.get(f"{gateway.url}/metrics").text, re.MULTILINE
    )
    return float(found[1]) if found else 0.0


def dynint(root: Path, *arguments: str) -> str:
    """Run a command as a person does."""
    command = [sys.executable, "-m", "dynint", *arguments, "--root", str(root), "--name", "sums"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_a_share_of_the_requests_is_the_canarys_and_a_promotion_drops_none(
    gateway: GatewayProcess, root: Path, folder: Path
):
    callers = Callers(gateway.url, root)
    loads = metric(gateway, "dynint_release_loads_total", outcome="loaded")
    with callers.calling():
        callers.more(20)
        assert set(callers.seen) == {LIVE}
        dynint(root, "promote", GOOD, "--canary", "0.2")
        callers.until_it_answers(GOOD)
        seen = Counter(version for _, version in callers.next(800))
        assert not callers.wrong
        assert 0.13 < seen[GOOD] / seen.total() < 0.27  # five standard deviations
        canary = describe(gateway)["canary"]
        assert (canary["version"], canary["share"], canary["state"]) == (GOOD, 0.2, "trial")
        assert (canary["failures"], canary["verdict"]) == (0, None)
        assert describe(gateway)["loaded"] == [LIVE, GOOD]
        assert metric(gateway, "dynint_canary_state", model_version=GOOD, state="trial") == 1
        routed = metric(gateway, "dynint_canary_requests_total", model_version=GOOD)
        assert routed >= seen[GOOD]
        assert metric(gateway, "dynint_rows_total", model_version=GOOD) >= 20 * seen[GOOD]
        assert metric(gateway, "dynint_canary_score_shift") < 0.5

        dynint(root, "promote", GOOD)
        wait_until(lambda: describe(gateway)["version"] == GOOD, PATIENCE_S)
        assert {version for _, version in callers.next(100)} == {GOOD}
        assert describe(gateway)["canary"] is None
    # It was loaded once, as a canary.
    assert metric(gateway, "dynint_release_loads_total", outcome="loaded") == loads
    assert read_pointer(folder) == Pointer(GOOD, LIVE)


def test_a_key_stays_where_it_is_and_a_growing_share_keeps_it(
    gateway: GatewayProcess, root: Path, folder: Path
):
    callers = Callers(gateway.url, root, "x-user")
    taken: list[set[str]] = []
    with callers.calling():
        for share in (0.2, 0.6):
            start_canary(folder, GOOD, share)
            wait_until(lambda s=share: metric(gateway, "dynint_canary_share") == s, PATIENCE_S)
            by_key: dict[str, set[str]] = {}
            for key, version in callers.next(700):
                by_key.setdefault(key, set()).add(version)
            assert all(len(versions) == 1 for versions in by_key.values())
            taken.append({key for key, versions in by_key.items() if versions == {GOOD}})
    assert taken[0] < taken[1]
    assert 0.1 < len(taken[0]) / 300 < 0.3
    assert 0.5 < len(taken[1]) / 300 < 0.7


@pytest.mark.parametrize(
    ("version", "verdict"), [(SLOW, "latency"), (BROKEN, "errors"), (SHIFTED, "scores")]
)
def test_24_a_bad_canary_is_rolled_back_by_itself_and_no_request_fails(
    gateway: GatewayProcess, root: Path, folder: Path, version: str, verdict: str
):
    callers = Callers(gateway.url, root)
    verdicts = metric(gateway, "dynint_canary_verdicts_total", reason=verdict)
    with callers.calling():
        callers.more(60)  # so it is known what is usual
        start_canary(folder, version, 0.3)
        wait_until(lambda: read_pointer(folder) == Pointer(LIVE), PATIENCE_S)
        wait_until(lambda: describe(gateway)["canary"] is None, PATIENCE_S)
        assert {version for _, version in callers.next(50)} == {LIVE}
    evidence = read_evidence(folder, version) or {}
    assert (evidence["reason"], evidence["live"], evidence["share"]) == (verdict, LIVE, 0.3)
    assert metric(gateway, "dynint_canary_verdicts_total", reason=verdict) == verdicts + 1
    failed = metric(
        gateway, "dynint_canary_failures_total", model_version=version, reason="no_probability"
    )
    if verdict == "errors":
        assert (
            failed >= evidence["figures"]["failures"]["no_probability"] > 0
        )  # some were under way
    else:
        assert failed == 0
        assert callers.seen[version] >= 20
    assert any("canary_stopped" in line for line in gateway.lines)


def test_a_rollback_by_hand_ends_the_canary_only(gateway: GatewayProcess, root: Path, folder: Path):
    callers = Callers(gateway.url, root)
    with callers.calling():
        start_canary(folder, GOOD, 0.5)
        callers.until_it_answers(GOOD, 5)
        assert "version 1 stays live" in dynint(root, "rollback")
        wait_until(lambda: describe(gateway)["canary"] is None, PATIENCE_S)
        assert {version for _, version in callers.next(50)} == {LIVE}
    assert read_pointer(folder) == Pointer(LIVE)
    assert (read_evidence(folder, GOOD) or {})["reason"] == "by_hand"


def test_a_canary_that_cannot_be_loaded_changes_nothing(
    gateway: GatewayProcess, root: Path, folder: Path
):
    path = folder / "2" / "saved_model.pb"
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    failed = metric(gateway, "dynint_canary_loads_total", outcome="failed")
    callers = Callers(gateway.url, root)
    with callers.calling():
        write_pointer(folder, Pointer(LIVE, None, Canary("2", 0.5)))
        wait_until(lambda: state_of(gateway) == "failed", PATIENCE_S)
        callers.more(50)
        assert httpx.get(f"{gateway.url}/readyz").status_code == 200
        assert httpx.get(f"{gateway.url}/healthz").json()["problem"] == ""
    assert set(callers.seen) == {LIVE}
    assert metric(gateway, "dynint_canary_loads_total", outcome="failed") > failed
    path.write_bytes(whole)


def test_where_the_end_cannot_be_written_the_gateway_keeps_to_it(
    gateway: GatewayProcess, root: Path, folder: Path
):
    callers = Callers(gateway.url, root)
    lock = folder / ".lock"
    lines = len(gateway.lines)
    with callers.calling():
        start_canary(folder, BROKEN, 0.3)
        lock.unlink()
        lock.mkdir()  # no process can lock it, as in a root that is read-only
        wait_until(lambda: (describe(gateway)["canary"] or {}).get("verdict"), PATIENCE_S)
        wait_until(
            lambda: any("keeps to its decision" in line for line in gateway.lines[lines:]),
            PATIENCE_S,
        )
        assert {version for _, version in callers.next(50)} == {LIVE}
        canary = describe(gateway)["canary"]
        assert (canary["version"], canary["state"]) == (BROKEN, "stopped")
        assert read_pointer(folder) == Pointer(LIVE, None, Canary(BROKEN, 0.3))
        lock.rmdir()
        wait_until(lambda: read_pointer(folder) == Pointer(LIVE), PATIENCE_S)
    assert (read_evidence(folder, BROKEN) or {})["reason"] == "errors"


def test_promoting_past_a_canary_ends_it(gateway: GatewayProcess, root: Path, folder: Path):
    callers = Callers(gateway.url, root)
    with callers.calling():
        start_canary(folder, SHIFTED, 0.01)
        wait_until(lambda: state_of(gateway) == "trial", PATIENCE_S)
        promote(folder, GOOD)
        callers.until_it_answers(GOOD, 20)
        assert describe(gateway)["canary"] is None
