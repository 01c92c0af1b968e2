"""A canary is started, changed and ended; each end leaves its record."""

import json
import os
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.bundle import (
    Canary,
    Pointer,
    end_canary,
    evidence_path,
    model_lock,
    promote,
    read_evidence,
    read_pointer,
    rollback,
    start_canary,
    versions,
    write_pointer,
)
from model.bundle import trial as trial_module
from model.bundle.sealed_json import write_sealed
from model.cli import app
from model.errors import BundleError, CheckFailedError, InvalidInputError
from tests.unit.bundle.small_bundle import write_bundle

FIGURES = {"requests": 200, "failures": {"gone": 7}, "latency_ratio": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in ("1", "2", "3"):
        write_bundle(tmp_path / "dynint" / version)
    promote(tmp_path / "dynint", 1)
    promote(tmp_path / "dynint", 2)
    return tmp_path / "dynint"


def test_a_canary_is_started_beside_the_live_version_and_its_share_is_changed(folder: Path):
    assert start_canary(folder, 3, 0.05) == Pointer("2", "1", Canary("3", 0.05))
    assert start_canary(folder, "3", 1) == Pointer("2", "1", Canary("3", 1)) == read_pointer(folder)


def test_the_previous_version_may_be_the_canary(folder: Path):
    assert start_canary(folder, 1, 0.5) == Pointer("2", "1", Canary("1", 0.5))


def test_a_canary_is_promoted_and_is_none_then(folder: Path):
    start_canary(folder, 3, 0.05)
    assert promote(folder, 3) == Pointer("3", "2")


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan"), float("inf"), True, "0.1"])
def test_refuses_what_is_no_share(folder: Path, share: float):
    with pytest.raises(InvalidInputError, match=r"share: must be in \(0, 1\]"):
        start_canary(folder, 3, share)
    assert read_pointer(folder) == Pointer("2", "1")


def test_refuses_the_live_version_another_ones_trial_and_a_canary_without_a_live_one(folder: Path):
    with pytest.raises(InvalidInputError, match="must not be the live version; 2 is live"):
        start_canary(folder, 2, 0.5)
    start_canary(folder, 3, 0.5)
    with pytest.raises(CheckFailedError, match="version 3 is on trial"):
        start_canary(folder, 1, 0.5)
    assert read_pointer(folder) == Pointer("2", "1", Canary("3", 0.5))
    (folder / "current.json").unlink()
    with pytest.raises(CheckFailedError, match="nothing is live"):
        start_canary(folder, 3, 0.5)


def test_refuses_a_version_that_is_not_there_or_does_not_verify(folder: Path):
    with pytest.raises(InvalidInputError, match="there is no version 4; there: 1, 2, 3"):
        start_canary(folder, 4, 0.5)
    with pytest.raises(InvalidInputError, match="there is no such folder"):
        start_canary(folder.parent / "nowhere", 4, 0.5)
    (folder / "3" / "saved_model.pb").write_bytes(b"altered")
    with pytest.raises(BundleError, match=r"saved_model\.pb"):
        start_canary(folder, 3, 0.5)
    assert read_pointer(folder) == Pointer("2", "1")


def test_an_end_removes_the_canary_and_leaves_a_record(folder: Path):
    start_canary(folder, 3, 0.25)
    ended = end_canary(folder, "3", "errors", {"max_error_rate": 0.01}, FIGURES)
    assert ended == Pointer("2", "1") == read_pointer(folder)
    evidence = read_evidence(folder, 3)
    assert evidence is not None
    assert evidence.pop("ended").endswith("+00:00")
    assert evidence == {
        "version": "3",
        "live": "2",
        "share": 0.25,
        "reason": "errors",
        "thresholds": {"max_error_rate": 0.01},
        "figures": FIGURES,
    }
    assert versions(folder) == [1, 2, 3]


def test_what_is_not_the_canary_any_more_is_left_alone(folder: Path):
    start_canary(folder, 3, 0.25)
    assert end_canary(folder, "1", "errors") is None
    assert read_pointer(folder) == Pointer("2", "1", Canary("3", 0.25))
    promote(folder, 3)
    assert end_canary(folder, "3", "errors") is None
    assert read_pointer(folder) == Pointer("3", "2")
    assert read_evidence(folder, 3) is None
    assert read_evidence(folder, 1) is None


def test_of_many_who_end_it_at_a_time_one_does(folder: Path):
    start_canary(folder, 3, 0.25)
    done: list[Pointer | None] = []
    threads = [
        threading.Thread(target=lambda: done.append(end_canary(folder, "3", "latency")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done, key=str) == sorted([Pointer("2", "1"), *[None] * 7], key=str)


def test_a_held_lock_is_waited_for_as_long_as_is_said(folder: Path):
    start_canary(folder, 3, 0.25)
    with model_lock(folder), pytest.raises(CheckFailedError, match="has held this lock for 0 s"):
        end_canary(folder, "3", "errors", wait_seconds=0)
    assert read_pointer(folder) == Pointer("2", "1", Canary("3", 0.25))
    assert end_canary(folder, "3", "errors", wait_seconds=0) == Pointer("2", "1")


def test_without_its_record_an_end_does_not_happen(folder: Path):
    start_canary(folder, 3, 0.25)
    evidence_path(folder, "3").mkdir()
    with pytest.raises(InvalidInputError, match=r"canary-3\.json: cannot be written"):
        end_canary(folder, "3", "errors")
    assert read_pointer(folder) == Pointer("2", "1", Canary("3", 0.25))


def test_a_record_without_the_end_is_written_anew_by_the_next(folder: Path):
    start_canary(folder, 3, 0.25)
    write_sealed(evidence_path(folder, "3"), {"reason": "errors"})  # the power went then
    assert end_canary(folder, "3", "latency") == Pointer("2", "1")
    assert (read_evidence(folder, 3) or {})["reason"] == "latency"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_that_is_read_only_says_so(folder: Path):
    start_canary(folder, 3, 0.25)
    folder.chmod(0o555)
    try:
        with pytest.raises(InvalidInputError, match="cannot be"):
            end_canary(folder, "3", "errors")
    finally:
        folder.chmod(0o755)


def test_an_altered_record_is_refused(folder: Path):
    start_canary(folder, 3, 0.25)
    end_canary(folder, "3", "errors")
    path = evidence_path(folder, "3")
    path.write_text(path.read_text().replace("errors", "latency"))
    with pytest.raises(BundleError, match="altered"):
        read_evidence(folder, 3)


def test_a_new_trial_begins_without_the_record_of_the_last(folder: Path):
    start_canary(folder, 3, 0.25)
    end_canary(folder, "3", "errors")
    start_canary(folder, 3, 0.1)
    assert read_evidence(folder, 3) is None


def test_rollback_ends_the_canary_only_and_the_next_one_goes_back(folder: Path):
    start_canary(folder, 3, 0.25)
    assert rollback(folder) == Pointer("2", "1")
    assert (read_evidence(folder, 3) or {})["reason"] == "by_hand"
    assert rollback(folder) == Pointer("1", "2")


def test_a_rollback_that_another_process_was_faster_than_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    start_canary(folder, 3, 0.25)
    real = trial_module.read_pointer

    def promoted_meanwhile(model_dir: Path) -> Pointer | None:
        write_pointer(model_dir, Pointer("3", "2"))
        return real(model_dir)

    monkeypatch.setattr(trial_module, "read_pointer", promoted_meanwhile)
    with pytest.raises(CheckFailedError, match="changed by another process"):
        rollback(folder)
    assert read_pointer(folder) == Pointer("3", "2")


def call(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments, "--root", str(folder.parent)])
    return done.exit_code, done.output


def test_the_command_line_starts_changes_and_ends_a_canary(folder: Path):
    code, said = call(folder, "promote", "3", "--canary", "0.05")
    assert code == 0
    assert "version 3: 0.05 of the requests; 2 stays live" in said
    code, said = call(folder, "promote", "3", "--canary", "0.5", "--json")
    assert json.loads(said)["canary"] == {"version": "3", "share": 0.5}
    code, said = call(folder, "rollback")
    assert code == 0
    assert "ended      dynint version 3, the canary; version 2 stays live" in said
    assert "dynint rollback --root" in said
    code, said = call(folder, "rollback", "--json")
    assert json.loads(said) == {
        "name": "dynint",
        "current": "1",
        "previous": "2",
        "canary": None,
        "ended_canary": None,
    }


def test_a_gateway_that_does_not_follow_is_no_reason_to_undo_what_was_not_done(folder: Path):
    nobody = ("--gateway", "http://127.0.0.1:1", "--wait", "0")
    code, said = call(folder, "promote", "2", *nobody)
    assert code == 1
    assert "nothing to undo" in said
    assert "rollback" not in said
    code, said = call(folder, "promote", "3", *nobody)
    assert code == 1
    assert "dynint rollback --root" in said
    assert read_pointer(folder) == Pointer("3", "2")


def test_a_canary_waits_for_no_gateway_and_says_so(folder: Path):
    code, said = call(folder, "promote", "3", "--canary", "0.5", "--gateway", "http://127.0.0.1:1")
    assert code == 2
    assert "must not be given beside --canary" in said
    assert read_pointer(folder) == Pointer("2", "1")


def test_an_address_that_is_none_of_redis_is_bad_input(folder: Path):
    code, said = call(folder, "promote", "3", "--redis-url", "secret-foo")
    assert code == 2
    assert "--redis-url: must be an address that starts with one of redis://" in said
    assert "secret-foo" not in said
    assert read_pointer(folder) == Pointer("2", "1")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("3", "--canary", "0"), 2), (("2", "--canary", "0.5"), 2), (("9", "--canary", "0.5"), 2)],
)
def test_the_command_line_refuses_what_is_no_canary(
    folder: Path, arguments: tuple[str, ...], code: int
):
    assert call(folder, "promote", *arguments)[0] == code
    assert read_pointer(folder) == Pointer("2", "1")
