"""``--root`` and ``--release-root``, as every verb that has one reads them."""

import os
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.release_root import release_root

VERBS = [
    ("model.cli", "export", "--root", ("--run", "none")),
    ("model.cli", "publish", "--root", ("none",)),
    ("model.cli", "promote", "--root", ("1",)),
    ("model.cli", "rollback", "--root", ()),
    ("model.cli", "releases", "--root", ()),
    ("model.cli", "verify", "--root", ()),
    ("service.cli", "serve", "--release-root", ()),
    ("service.cli", "doctor", "--release-root", ()),
    ("service.cli", "warm", "--root", ()),
    ("service.cli", "model-server", "--root", ()),
    ("benchmarks.cli", "bench", "--root", ("load",)),
]


@pytest.mark.parametrize(("module", "verb", "option", "more"), VERBS, ids=lambda each: str(each))
def test_an_empty_one_does_not_stand_for_the_current_folder(
    module: str, verb: str, option: str, more: tuple[str, ...]
):
    done = CliRunner().invoke(import_module(module).app, [verb, *more, f"{option}="])
    assert done.exit_code == 2, done.output
    said = " ".join(done.stderr.replace("│", " ").split())
    assert f"Invalid value for '{option}': must name a folder; received an empty text" in said


def test_the_current_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "dynint").mkdir()
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(import_module("model.cli").app, ["releases", "--root", "."])
    assert (done.exit_code, done.stdout) == (0, "no version\n")
    assert release_root(".") == Path(os.curdir)


def test_a_circle_of_symlinks_is_told_in_one_line(tmp_path: Path):
    root = tmp_path / "loop"
    root.symlink_to(root)
    for arguments in (["promote", "1"], ["rollback"], ["releases"], ["publish", "0001-00000000"]):
        app = import_module("model.cli").app
        done = CliRunner().invoke(app, [*arguments, "--root", str(root)])
        assert done.exit_code == 2
        assert done.stderr.startswith(f"error: {root}")
        assert done.stderr.count("\n") == 1
