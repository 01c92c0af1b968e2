"""docs/reference says what the code says, and is told to be stale if it does not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynint import VERBS
from service.metrics import Metrics
from service.problems import KINDS
from service.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"


def references(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in another folder than the repository's."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.references", *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
        # Variables of a shell must not come into the pages.
        env={**os.environ, "PYTHONPATH": str(ROOT), "DYNINT_PORT": "1234", "COLUMNS": "40"},
    )


def test_the_pages_are_as_the_code_says_and_need_no_tensorflow():
    done = references(ROOT, "--check")
    assert done.returncode == 0, f"run make references\n{done.stdout}{done.stderr}"
    assert done.stdout == "references: as the code says\n"


@pytest.mark.parametrize("page", ["cli.md", "http.md", "metrics.md", "settings.md"])
def test_a_stale_page_is_told_of_with_its_difference_and_written_anew(tmp_path: Path, page: str):
    shutil.copytree(FOLDER, tmp_path / "docs" / "reference")
    path = tmp_path / "docs" / "reference" / page
    lines = path.read_text().splitlines(keepends=True)
    lines[-2] = "| something that is no more |\n"
    path.write_text("".join(lines))
    done = references(tmp_path, "--check")
    assert done.returncode == 1
    assert "-| something that is no more |" in done.stdout
    assert path.read_text() == "".join(lines)
    assert references(tmp_path).returncode == 0
    assert path.read_text() == (FOLDER / page).read_text()


def test_nothing_is_left_out():
    cli, http, metrics, settings = (path.read_text() for path in sorted(FOLDER.glob("*.md")))
    for verb in VERBS:
        assert f"\n## {verb}\n" in cli
    for name in Settings.model_fields:
        assert settings.count(f"| `DYNINT_{name.upper()}`") == 1
    for family in Metrics().registry.collect():
        if family.name.startswith("dynint_"):
            assert f"| `{family.name}" in metrics
    for kind in KINDS.values():
        assert f"| {kind.status} | `{kind.slug}` |" in http
