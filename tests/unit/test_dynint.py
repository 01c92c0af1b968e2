"""The command's own words: help in each of the ways that people ask for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.bundle import versions
from model.bundle.candidate import Candidate
from tests.unit.bundle.candidates import PASSED, stage
from tests.unit.bundle.small_bundle import write_bundle


def run_dynint(*arguments: str, path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a verb; ``path`` is searched for modules before all others."""
    before = [str(path)] if path else []
    return subprocess.run(
        [sys.executable, "-m", "dynint", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*before, *sys.path])},
    )


@pytest.fixture
def without_tensorflow(tmp_path: Path) -> Path:
    """A folder whose TensorFlow cannot be found: in front of the others it is as if there were none."""
    for name in ("tensorflow", "tensorflow_serving", "keras"):
        (tmp_path / "path" / name).mkdir(parents=True)
        text = f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')\n"
        (tmp_path / "path" / name / "__init__.py").write_text(text)
    return tmp_path / "path"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "releases" / "dynint" / "1")
    return tmp_path / "releases"


def needs(done: "subprocess.CompletedProcess[str]", verb: str, package: str) -> None:
    """Check that a verb ended as one that needs a package of the trainer's."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (
        f"error: 'dynint {verb}' needs the package '{package}', which is not installed. Install the "
        "extra that brings it: pip install 'dynint[train]'; of the images the trainer has it"
    )
    assert done.stdout == ""


def test_a_verb_that_comes_to_need_tensorflow_says_so_in_one_line(
    root: Path, without_tensorflow: Path
):
    verify = ("verify", "--root", str(root), "--version", "1", "--json")
    needs(run_dynint(*verify, path=without_tensorflow), "verify", "tensorflow")
    server = ("model-server", "--root", str(root), "--port", "0")
    needs(run_dynint(*server, path=without_tensorflow), "model-server", "tensorflow_serving")
    export = ("export", "--run", str(root), "--data", str(root), "--root", str(root))
    needs(run_dynint(*export, path=without_tensorflow), "export", "tensorflow")
    candidate = stage(root, PASSED)
    publish = ("publish", candidate.id, "--root", str(root))
    needs(run_dynint(*publish, path=without_tensorflow), "publish", "tensorflow")
    assert versions(root / "dynint") == [1]  # nothing was published, and it can be
    assert Candidate.open(root, candidate.id).manifest_digest == candidate.manifest_digest


def test_bytes_are_read_before_tensorflow_is_needed(root: Path, without_tensorflow: Path):
    (root / "dynint" / "1" / "saved_model.pb").write_bytes(b"flipped")
    done = run_dynint("verify", str(root / "dynint" / "1"), path=without_tensorflow)
    assert done.returncode == 1
    assert "saved_model.pb" in done.stderr


def test_what_is_missing_of_this_project_keeps_its_traceback(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['model.commands.verify'] = None\n"
    )
    done = run_dynint("verify", "--help", path=tmp_path)
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("promote", "--help"), ("promote", "-h"), ("help", "promote")]
)
def test_a_verb_describes_itself(arguments: tuple[str, ...]):
    done = run_dynint(*arguments)
    assert done.returncode == 0, done.stderr
    assert "Usage: dynint promote " in done.stdout
    assert "--root" in done.stdout


def test_help_without_a_verb_lists_them_and_help_for_none_is_refused():
    assert "Verbs:" in run_dynint("help").stdout
    done = run_dynint("help", "promot")
    assert done.returncode == 2
    assert "Did you mean 'promote'?" in done.stderr
