import shutil
from pathlib import Path

import pytest

from model.bundle import Bundle, Pointer, promote, read_pointer, rollback, versions
from model.bundle.candidate import Candidate, folders, staged
from model.bundle.gates_file import GatesReport, read_gates, write_gates
from model.bundle.publish import publish
from model.bundle.retention import retain
from model.errors import BundleError, CheckFailedError, InvalidInputError
from tests.unit.bundle.candidates import FAILED, PASSED, check_whole, proven, stage


def test_a_candidate_is_a_release_root_of_its_own(tmp_path: Path):
    candidate = stage(tmp_path, PASSED)
    assert candidate.root.parent == tmp_path / ".candidates"
    assert read_pointer(candidate.root / "dynint") == Pointer("1")
    assert versions(tmp_path / "dynint") == []
    assert Bundle.open(candidate.bundle).manifest_digest == candidate.manifest_digest
    assert (
        Candidate.open(tmp_path, candidate.id)
        == candidate
        == Candidate.open(tmp_path, candidate.root)
    )


def test_it_becomes_the_next_version_with_its_stamp_and_gates(tmp_path: Path):
    first = publish(stage(tmp_path, PASSED), proven)
    assert (first.path, first.already, first.gates) == (tmp_path / "dynint/1", False, "passed")
    promote(tmp_path / "dynint", 1)
    candidate = stage(tmp_path, PASSED)
    second = publish(candidate, proven)
    assert (second.version, second.manifest_digest) == ("2", candidate.manifest_digest)
    assert check_whole(tmp_path / "dynint") == [1, 2]
    assert read_pointer(tmp_path / "dynint") == Pointer("1")
    assert (tmp_path / "dynint/.stamps/2.json").exists()
    assert read_gates(second.path, candidate.manifest_digest).gates == (PASSED,)
    assert sorted(path.name for path in candidate.root.iterdir()) == ["candidate.json", "lock"]


def test_the_stamp_is_valid_where_the_bundle_went(tmp_path: Path):
    from model.bundle.paths import regular_files
    from model.bundle.stamp import stamp_is_valid, stamp_path

    done = publish(stage(tmp_path, PASSED), proven)
    files = regular_files(done.path)
    assert stamp_is_valid(stamp_path(done.path), done.manifest_digest, files)


def test_a_candidate_is_never_published_twice(tmp_path: Path):
    candidate = stage(tmp_path, PASSED)
    copied = shutil.copytree(candidate.root, candidate.root.with_name("0009-00000000"))
    first = publish(candidate, proven)
    for again in (candidate, Candidate.open(tmp_path, copied)):
        done = publish(again, proven)
        assert (done.version, done.already, done.gates) == ("1", True, "passed")
    assert versions(tmp_path / "dynint") == [1]
    publish(stage(tmp_path, PASSED), proven)
    retain(tmp_path, "dynint", 1)
    assert not first.path.exists()
    with pytest.raises(InvalidInputError, match="was published, and removed"):
        publish(candidate, proven)


def test_gates_are_demanded(tmp_path: Path):
    candidate = stage(tmp_path)
    with pytest.raises(CheckFailedError, match=r"there is no such record\. --ungated publishes"):
        publish(candidate, proven)
    done = publish(candidate, proven, ungated=True)
    report = read_gates(done.path, done.manifest_digest)
    assert report == GatesReport(done.manifest_digest, False, (), ungated=True)
    assert done.gates == "ungated"


def test_24_a_candidate_that_failed_a_gate_is_not_published_with_or_without_them(tmp_path: Path):
    candidate = stage(tmp_path, PASSED, FAILED)
    for ungated in (False, True):
        with pytest.raises(CheckFailedError, match=r"failed: bias: 1\.4 is more than 1\.1"):
            publish(candidate, proven, ungated)
    assert versions(tmp_path / "dynint") == []
    assert candidate.bundle.is_dir()  # kept aside, with its record


def test_gates_of_another_bundle_do_not_count(tmp_path: Path):
    candidate, other = stage(tmp_path), stage(tmp_path, PASSED)
    shutil.copy(other.bundle / "gates.json", candidate.bundle)
    with pytest.raises(BundleError, match="belongs to another"):
        publish(candidate, proven)
    assert versions(tmp_path / "dynint") == []


def test_18_an_altered_candidate_is_not_published(tmp_path: Path):
    for name in ("saved_model.pb", "embeddings/rows.npy", "golden.json", "gates.json"):
        candidate = stage(tmp_path, PASSED)
        path = candidate.bundle / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(BundleError, match=Path(name).name):
            publish(candidate, proven)
    candidate = stage(tmp_path, PASSED)
    (candidate.bundle / "more").write_text("x")
    with pytest.raises(BundleError, match="does not list it"):
        publish(candidate, proven)
    assert versions(tmp_path / "dynint") == []


def test_17_a_truncated_candidate_is_not_published(tmp_path: Path):
    for name in ("saved_model.pb", "embeddings/rows.npy", "manifest.json"):
        candidate = stage(tmp_path, PASSED)
        path = candidate.bundle / name
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(BundleError, match=Path(name).name):
            publish(candidate, proven)
    assert versions(tmp_path / "dynint") == []


def test_what_does_not_prove_is_not_published(tmp_path: Path):
    def refuse(bundle: Bundle) -> None:
        raise CheckFailedError("golden.json: logits must agree")

    candidate = stage(tmp_path, PASSED)
    with pytest.raises(CheckFailedError, match="logits must agree"):
        publish(candidate, refuse)
    assert versions(tmp_path / "dynint") == []
    assert publish(candidate, proven).version == "1"


def test_23_versions_do_not_ask_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    numbers = []
    for created in ("2026-11-26T00:00:00+00:00", "2026-11-25T00:00:00+00:00", "1970-01-01"):
        for module in ("manifest", "candidate", "gates_file", "stamp"):
            monkeypatch.setattr(f"model.bundle.{module}.utc_now", lambda created=created: created)
        candidate = stage(tmp_path, PASSED)
        done = publish(candidate, proven)
        promote(tmp_path / "dynint", done.version)
        numbers.append((candidate.id[:4], done.version))
    assert numbers == [("0001", "1"), ("0002", "2"), ("0003", "3")]
    assert rollback(tmp_path / "dynint").current == "2"
    assert retain(tmp_path, "dynint", 1).removed == ("1",)


@pytest.mark.parametrize(
    "which", ["", ".", "..", "0001-00000000", "/", "1", "../x", "0001-0000000g"]
)
def test_refuses_what_is_no_candidate(tmp_path: Path, which: str):
    stage(tmp_path)
    with pytest.raises(InvalidInputError, match="CANDIDATE: must be"):
        Candidate.open(tmp_path, which)


def test_refuses_a_candidate_of_another_root(tmp_path: Path):
    candidate = stage(tmp_path / "a")
    with pytest.raises(InvalidInputError, match="CANDIDATE: must be a folder in"):
        Candidate.open(tmp_path / "b", candidate.root)


def test_a_candidate_that_failed_leaves_nothing(tmp_path: Path):
    def fail() -> None:
        with staged(tmp_path, "dynint") as folder:
            (folder / "dynint").mkdir()
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    with pytest.raises(BundleError), staged(tmp_path, "dynint"):
        pass  # nothing was exported
    assert folders(tmp_path) == []
    with pytest.raises(InvalidInputError, match="name: must be"), staged(tmp_path, "../x"):
        pass


def test_the_record_of_gates_is_written_into_a_held_candidate(tmp_path: Path):
    candidate = stage(tmp_path)
    with candidate.hold():
        write_gates(candidate.bundle, GatesReport(candidate.manifest_digest, True, (PASSED,)))
        with (
            pytest.raises(CheckFailedError, match="another process has held this lock"),
            candidate.hold(wait_seconds=0.05),
        ):
            pass
    assert publish(candidate, proven).gates == "passed"
