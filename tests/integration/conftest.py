"""Releases to serve."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from model.bundle import Pointer, write_pointer


@pytest.fixture(scope="session")
def made_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release root with two versions of ``dynint`` and of ``sums``, none of them live."""
    root = tmp_path_factory.mktemp("made")
    command = [sys.executable, "-W", "error", "-m", "tests.integration.make_releases", str(root)]
    subprocess.run(command, check=True, timeout=240, cwd=Path(__file__).parents[2])
    return root


@pytest.fixture(scope="module")
def module_releases(made_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the releases for one module, with version 1 live."""
    return copy_releases(made_releases, tmp_path_factory.mktemp("releases"))


@pytest.fixture
def releases(made_releases: Path, tmp_path: Path) -> Path:
    """A copy of the releases for one test, with version 1 live."""
    return copy_releases(made_releases, tmp_path / "releases")


def copy_releases(made: Path, root: Path) -> Path:
    """Copy the releases and make version 1 of each model live."""
    shutil.copytree(made, root, dirs_exist_ok=True)
    for name in ("dynint", "sums"):
        write_pointer(root / name, Pointer("1"))
    return root


@pytest.fixture
def make_live() -> Callable[[Path, str, str], None]:
    """Point at a version, without the checks of ``dynint promote``."""

    def point(root: Path, name: str, version: str) -> None:
        write_pointer(root / name, Pointer(version, "1" if version != "1" else "2"))

    return point
