"""The page's network, written, registered, tested, trained, exported and served in a copy of the code."""

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.pages.page import ROOT, blocks
from tests.integration.pages.runner import Runner, check_shown

PAGE = "docs/new-model.md"
PACKAGES = ("model", "service", "training", "benchmarks", "tests")


def copy_code(folder: Path) -> None:
    """Copy what a clone has, but for its history and its pages."""
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("dynint.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)


def register(folder: Path, entry: str) -> None:
    """Do what section 2 says in words."""
    path = folder / "model" / "zoo" / "registry.py"
    text = path.read_text()
    importing, end = "from model.zoo.fm import", '}\n"""Every network'
    assert text.count(importing) == text.count(end) == 1
    text = text.replace(importing, f"from model.zoo.fwfm import FwFM, FwFMConfig\n{importing}")
    path.write_text(text.replace(end, f"{entry}{end}"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_pages_network_goes_the_whole_way(tmp_path: Path):
    copy_code(tmp_path)
    printed, run = "", 0
    with Runner(tmp_path, code=tmp_path) as runner:
        for block in blocks(PAGE):
            if block.file:
                (tmp_path / block.file).write_text(block.text)
            elif block.is_shell:
                printed = runner.run(block)
                run += 1
                if run == 1:
                    assert " passed" in printed
            elif block.language == "python":
                register(tmp_path, block.text)
            else:
                check_shown(block.text, printed, tmp_path)
    assert run == 3
    assert 0 < json.loads(printed)["probabilities"][0] < 1
    manifest = json.loads((tmp_path / "releases" / "dynint" / "1" / "manifest.json").read_text())
    assert manifest["model"]["name"] == "fwfm"
