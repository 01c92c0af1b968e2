import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from model.bundle import Bundle, Pointer, Staging, read_pointer, versions, write_pointer
from model.bundle.lock import FileLock
from model.errors import BundleError, CheckFailedError, InvalidInputError
from tests.unit.bundle.small_bundle import write_bundle

ROOT = Path(__file__).parents[3]


def publish(root: Path, name: str = "dynint") -> Path:
    with Staging(root, name) as staging:
        staging.folder.rmdir()
        write_bundle(staging.folder, name)
        bundle = Bundle.open(staging.folder, full=True)
        return staging.commit(bundle)


def visible(folder: Path) -> list[str]:
    others = {".lock", ".stamps", "tf_serving.config"}
    return sorted(path.name for path in folder.iterdir() if path.name not in others)


def test_a_version_appears_whole_with_its_stamp(tmp_path: Path):
    assert publish(tmp_path) == tmp_path / "dynint" / "1"
    assert publish(tmp_path) == tmp_path / "dynint" / "2"
    assert visible(tmp_path / "dynint") == ["1", "2"]
    assert (tmp_path / "dynint/.stamps/2.json").exists()
    Bundle.open(tmp_path / "dynint" / "2", full=True)


def test_nothing_is_seen_before_the_commit_nor_after_a_failure(tmp_path: Path):
    def fail() -> None:
        with Staging(tmp_path, "dynint") as staging:
            (staging.folder / "saved_model.pb").write_bytes(b"half")
            assert versions(tmp_path / "dynint") == []
            assert staging.folder.parent.name.startswith(".staging-")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert visible(tmp_path / "dynint") == []


def test_a_version_is_never_used_twice(tmp_path: Path):
    folder = tmp_path / "dynint"
    publish(tmp_path)
    write_pointer(folder, Pointer("1", "8"))
    assert publish(tmp_path).name == "9"
    (folder / "011").mkdir()  # TensorFlow Serving reads it as 11
    (folder / "12").write_text("a file")
    assert publish(tmp_path).name == "13"


def test_two_exports_at_once_get_two_versions(tmp_path: Path):
    with Staging(tmp_path, "dynint") as first:
        first.folder.rmdir()
        write_bundle(first.folder)
        assert publish(tmp_path).name == "1"
        assert first.folder.exists()
        assert first.commit(Bundle.open(first.folder)).name == "2"
    assert visible(tmp_path / "dynint") == ["1", "2"]


def test_only_the_staged_bundle_is_committed(tmp_path: Path):
    other = Bundle.open(publish(tmp_path))
    with (
        pytest.raises(BundleError, match="must be the bundle staged"),
        Staging(tmp_path, "dynint") as staging,
    ):
        staging.commit(other)


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\0b", "-x"])
def test_refuses_names_that_leave_the_root(tmp_path: Path, name: str):
    with pytest.raises(InvalidInputError, match="name: must be"):
        Staging(tmp_path, name)


STEPS = ("staged", "written", "verified", "committed", "promoted")

SCRIPT = """
import sys
from pathlib import Path
from model.bundle import Bundle, Staging, promote
from tests.unit.bundle.small_bundle import write_bundle

def reached(step):
    print(step, flush=True)
    if step == sys.argv[2]:
        sys.stdin.read()

with Staging(Path(sys.argv[1]), "dynint") as staging:
    reached("staged")
    staging.folder.rmdir()
    write_bundle(staging.folder)
    reached("written")
    bundle = Bundle.open(staging.folder, full=True)
    bundle.stamp()
    reached("verified")
    path = staging.commit(bundle)
    reached("committed")
promote(path.parent, path.name)
reached("promoted")
"""


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_leaves_wholly_old_or_wholly_new(tmp_path: Path, step: str):
    folder = tmp_path / "dynint"
    publish(tmp_path)
    write_pointer(folder, Pointer("1"))
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), step],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == step:
                break
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    new = step in {"committed", "promoted"}
    assert versions(folder) == ([1, 2] if new else [1])
    for version in versions(folder):
        Bundle.open(folder / str(version), full=True)
    assert read_pointer(folder) == (Pointer("2", "1") if step == "promoted" else Pointer("1"))
    assert any(name.startswith(".staging-") for name in visible(folder)) == (step != "promoted")
    publish(tmp_path)
    assert visible(folder) == (["1", "2", "3"] if new else ["1", "2"]) + ["current.json"]


def test_leftovers_of_the_living_are_left_alone(tmp_path: Path):
    with Staging(tmp_path, "dynint") as staging:
        publish(tmp_path)
        assert staging.folder.exists()


LIMITED = """
import resource, sys
from pathlib import Path
from model.bundle import Staging
from model.errors import DynIntError

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with Staging(Path(sys.argv[1]), "dynint") as staging:
        (staging.folder / "saved_model.pb").write_bytes(bytes(8192))
except DynIntError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def test_without_room_nothing_appears(tmp_path: Path):
    publish(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 2, done.stderr
    assert "nothing was published" in done.stdout
    assert visible(tmp_path / "dynint") == ["1"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_root_that_cannot_be_written_is_named(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(InvalidInputError, match="dynint"), Staging(tmp_path, "dynint"):
        pass


def test_a_lock_is_waited_for_and_then_named(tmp_path: Path):
    with FileLock(tmp_path / "lock"):
        assert not FileLock(tmp_path / "lock").try_acquire()
        with (
            pytest.raises(CheckFailedError, match="another process has held this lock"),
            FileLock(tmp_path / "lock", wait_seconds=0.05),
        ):
            pass
    assert FileLock(tmp_path / "lock").try_acquire()


def test_a_copied_root_works(tmp_path: Path):
    publish(tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert publish(tmp_path / "there").name == "2"
