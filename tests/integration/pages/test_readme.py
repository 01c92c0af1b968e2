"""The README's commands, from a log to releases, on a small generated log."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from tests.integration.pages.not_run import why_not
from tests.integration.pages.page import ROOT, blocks
from tests.integration.pages.runner import Runner
from tests.integration.processes import RedisServer
from training.datasets.synthetic import generate_log

PAGE = "README.md"
ROWS = 30_000


def place_files(folder: Path) -> None:
    """Put there what the page takes for given: a log, a day's log, the shipped configuration."""
    generate_log(folder / "log.txt", ROWS)
    packed = gzip.compress((folder / "log.txt").read_bytes())
    (folder / "log.txt.gz").write_bytes(packed)
    (folder / "logs").mkdir()
    (folder / "logs" / "2026-03-01.tsv.gz").write_bytes(packed)
    shutil.copytree(ROOT / "deploy", folder / "deploy")


def add_versions(runner: Runner, last: int) -> None:
    """Export the same run again, up to a version, and make the last but one live."""
    root = runner.folder / "releases" / "dynint"
    while not (root / str(last)).is_dir():
        runner.type("dynint export --run run --data data --root releases --promote")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_each_command_works(tmp_path: Path):
    place_files(tmp_path)
    answers = []
    with RedisServer() as redis, Runner(tmp_path) as runner:
        runner.replaced["redis://localhost:6379"] = redis.url
        for block in blocks(PAGE):
            if block.is_shell and not why_not(PAGE, block.first):
                if any("rollback" in command for command in block.commands):
                    add_versions(runner, 2)
                for command in block.commands:
                    if "dynint publish" in command:
                        (candidate,) = (tmp_path / "releases" / ".candidates").glob("[0-9]*")
                        runner.replaced["0001-3f2a9c01"] = candidate.name
                    if "dynint promote 7" in command:
                        versions = (tmp_path / "releases" / "dynint").glob("[1-9]*")
                        newest = max(int(path.name) for path in versions)
                        runner.replaced["promote 7"] = f"promote {newest}"
                    printed = runner.type(command)
                    if command.startswith("curl"):
                        answers.append(json.loads(printed))
            elif block.language == "json":
                shown = json.loads(block.text)
                assert answers[-1].keys() == shown.keys()
                assert answers[-1]["model"] == shown["model"]
    assert answers
