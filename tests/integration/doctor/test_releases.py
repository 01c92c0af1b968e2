"""Release roots that are not as they should be."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from model.bundle import Canary, Pointer, promote, write_pointer
from model.bundle.lock import FileLock
from service.doctor import release_root
from service.doctor.case import Case
from service.doctor.finding import Finding
from service.settings import Settings
from tests.integration.doctor.conftest import run_doctor
from tests.integration.processes import free_port


def examine(root: Path, deep: bool = False, **others: object) -> dict[str, Finding]:
    """Run the checks of the release root alone; a finding by its check."""
    case = Case(Settings(release_root=root, scorer="grpc://h:1", **others), {}, deep)
    found: dict[str, Finding] = {}
    for check in (
        release_root.check_root,
        release_root.check_pointer,
        release_root.check_versions,
        release_root.check_leftovers,
        release_root.check_serving_config,
        release_root.check_disk,
    ):
        found.update({each.check: each for each in check(case)})
    return found


def states(found: dict[str, Finding]) -> dict[str, str]:
    return {check: each.state for check, each in found.items() if each.state != "ok"}


def test_a_root_that_is_whole(releases: Path):
    found = examine(releases)
    assert states(found) == {}
    assert "live 1, previous none" in found["pointer"].found


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(
    "file", ["saved_model.pb", "embeddings/rows.npy", "feature_spec.json", "golden.json"]
)
def test_a_flipped_bit_in_the_live_version(releases: Path, file: str, deep: bool):
    path = releases / "dynint" / "1" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    finding = examine(releases, deep)["version 1 (live)"]
    assert finding.state == "failed"
    assert file in finding.found
    assert "dynint promote ANOTHER" in finding.do  # there is none to go back to
    write_pointer(releases / "dynint", Pointer("1", "2"))
    assert "dynint rollback" in examine(releases, deep)["version 1 (live)"].do
    write_pointer(releases / "dynint", Pointer("1", "2", Canary("7", 0.1)))
    assert "twice: the first ends the trial" in examine(releases, deep)["version 1 (live)"].do


def test_the_command_says_so_too_and_asks_nobody_to_score_it(releases: Path):
    (releases / "dynint" / "1" / "golden.json").unlink()
    examined = run_doctor(releases)
    assert examined.code == 1
    assert "golden.json" in examined.of("version 1 (live)")["found"]


def test_a_previous_version_and_a_canary_are_looked_at_too(releases: Path):
    write_pointer(releases / "dynint", Pointer("1", "7", Canary("2", 0.1)))
    shutil.rmtree(releases / "dynint" / "2" / "variables")
    found = examine(releases)
    assert found["version 1 (live)"].state == "ok"
    assert found["version 7 (previous)"].state == "failed"
    assert "variables" in found["version 2 (canary)"].found


def test_a_bundle_of_another_model(releases: Path):
    shutil.rmtree(releases / "dynint" / "1")
    shutil.copytree(releases / "sums" / "1", releases / "dynint" / "1")
    assert "a bundle of 'sums'" in examine(releases)["version 1 (live)"].found


def test_nothing_live(releases: Path):
    (releases / "dynint" / "current.json").unlink()
    finding = examine(releases)["pointer"]
    assert finding.found == "nothing is live; versions there: 1, 2"
    assert finding.do == f"dynint promote 2 --root {releases} --name dynint"


def test_a_pointer_that_cannot_be_read(releases: Path):
    (releases / "dynint" / "current.json").write_text('{"current": 1')
    finding = examine(releases)["pointer"]
    assert finding.state == "failed"
    assert "is not a valid pointer" in finding.found


def test_a_file_that_hangs_is_not_waited_for(releases: Path, tmp_path: Path):
    os.mkfifo(tmp_path / "ca.pem")  # opening it waits for a writer, for ever
    env = {"DYNINT_REDIS_CA_FILE": str(tmp_path / "ca.pem")}
    redis = ("--redis-url", f"rediss://127.0.0.1:{free_port()}")
    examined = run_doctor(releases, *redis, "--timeout", "2", env=env)
    assert examined.code == 1
    assert examined.of("redis")["found"] == "no result within 2 s"
    assert examined.state("disk") == "ok"


def test_a_pipe_in_the_pointers_place(releases: Path):
    path = releases / "dynint" / "current.json"
    path.unlink()
    os.mkfifo(path)
    assert "must be a regular file" in examine(releases)["pointer"].found


def test_a_model_that_is_not_there(releases: Path):
    finding = examine(releases, model_name="another")["model folder"]
    assert "there are: dynint, sums" in finding.found
    assert "DYNINT_MODEL_NAME" in finding.do


def test_a_root_that_is_one_folder_too_deep(releases: Path):
    (releases / "dynint" / ".stamps").mkdir(exist_ok=True)
    finding = examine(releases / "dynint")["model folder"]
    assert finding.state == "failed"
    assert "one folder too deep" in finding.found
    assert "there are" not in finding.found
    assert finding.do == f"Set DYNINT_RELEASE_ROOT={releases}"
    finding = examine(releases / "sums")["model folder"]
    assert finding.do == f"Set DYNINT_RELEASE_ROOT={releases} and DYNINT_MODEL_NAME=sums"


def test_what_is_no_model_is_not_offered_as_one(releases: Path, tmp_path: Path):
    for name in (".stamps", "1.old", "notes", "lost+found"):
        (releases / name).mkdir()
    finding = examine(releases, model_name="another")["model folder"]
    assert finding.found.endswith("there are: dynint, sums")
    (tmp_path / "empty" / "notes").mkdir(parents=True)
    finding = examine(tmp_path / "empty")["model folder"]
    assert "nor that of another model" in finding.found
    assert finding.do.startswith("dynint export")


def test_leftovers_of_a_killed_export_are_told_from_one_at_work(releases: Path):
    folder = releases / "dynint" / ".staging-0123"
    (folder / "3").mkdir(parents=True)
    (folder / "3" / "half").write_bytes(b"x" * 1000)
    (folder / "lock").touch()
    assert examine(releases)["leftovers"].state == "warning"
    with FileLock(folder / "lock", wait_seconds=0):
        assert examine(releases)["leftovers"].found == "none; 1 being written now"
    assert examine(releases)["leftovers"].figures["bytes"] == 1000


def test_a_list_for_tf_serving_that_is_out_of_step_and_how_it_is_mended(releases: Path):
    folder = releases / "dynint"
    write_pointer(folder, Pointer("1", "2"))
    (folder / "tf_serving.config").unlink()
    finding = examine(releases)["tf_serving.config"]
    assert finding.state == "failed"
    assert "dynint promote 1" in finding.do
    assert promote(folder, 1) == Pointer("1", "2")
    assert examine(releases)["tf_serving.config"].found == "names 1, 2, as the pointer does"
    content = json.loads((folder / "current.json").read_text())
    (folder / "current.json").write_text(json.dumps(content | {"previous": None}))
    assert examine(releases)["tf_serving.config"].state == "warning"
    (folder / "current.json").write_text(json.dumps(content | {"previous": "9"}))
    assert "does not name 9" in examine(releases)["tf_serving.config"].found


@contextmanager
def forbidden(releases: Path, file: str) -> Iterator[Path]:
    """Copy releases of which one file may not be read, and be a user of whom that is true."""
    with tempfile.TemporaryDirectory() as open_to_all:  # pytest's folders are not
        root = Path(open_to_all) / "releases"
        shutil.copytree(releases, root)
        for each in (Path(open_to_all), root, *root.rglob("*")):
            each.chmod(0o755)
        (root / "dynint" / file).chmod(0)
        was = os.geteuid()
        if was == 0:  # who may read everything
            os.seteuid(65_534)
        try:
            yield root
        finally:
            os.seteuid(was)


@pytest.mark.parametrize(
    ("file", "check"),
    [
        ("current.json", "pointer"),
        ("1/manifest.json", "version 1 (live)"),
        ("1/embeddings/rows.npy", "version 1 (live)"),
    ],
)
def test_a_file_that_this_user_may_not_read_is_not_to_be_copied_anew(
    releases: Path, file: str, check: str
):
    with forbidden(releases, file) as root:
        finding = examine(root)[check]
        assert finding.state == "failed"
        assert "Permission denied" in finding.found
        assert finding.do.startswith(f"Let user {os.geteuid()} read it")
