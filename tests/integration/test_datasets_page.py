"""The commands of docs/datasets.md, on the real samples under the names of the page."""

import bz2
import gzip
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.integration.prepared import DYNINT, read_card
from tests.real_data import REAL_DATA, needs_real_data
from training.datasets import FORMATS, log_format

PAGE = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")
SHELL = [block.replace("\\\n", " ") for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)]
(DESCRIPTION,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def sample(name: str) -> bytes:
    assert REAL_DATA is not None
    return gzip.decompress((REAL_DATA / name).read_bytes())


def place_files(folder: Path) -> None:
    """Put the samples where the page's commands look for the whole sets."""
    (folder / "train.txt").write_bytes(sample("criteo/criteo_70k.txt.gz"))
    (folder / "train.gz").write_bytes(gzip.compress(sample("avazu/avazu_32k.csv.gz")))
    (folder / "my_log.toml").write_text(DESCRIPTION)
    for part in ("train", "test"):
        path = folder / "2259" / f"{part}.log.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sample("ipinyou/ipinyou_2259_train.log.txt.gz"))
    rows = sample("ipinyou/ipinyou_2821_20131021.tsv.gz").splitlines(keepends=True)[1:]
    contest = folder / "training3rd"
    contest.mkdir()
    impressions = b"".join(row.partition(b"\t")[2] for row in rows)
    clicks = b"".join(row.partition(b"\t")[2] for row in rows if row.startswith(b"1\t"))
    (contest / "imp.20131021.txt.bz2").write_bytes(bz2.compress(impressions))
    (contest / "clk.20131021.txt.bz2").write_bytes(bz2.compress(clicks))
    (folder / "train.csv").write_bytes(sample("frappe/train.csv.gz"))
    for part in ("valid", "test"):
        (folder / f"{part}.csv").write_bytes(sample("frappe/valid.csv.gz"))


EXPECTED = {
    "data/criteo": (70_000, 0.224),
    "data/avazu": (32_339, 0.172),
    "data/ipinyou": (2 * 8_355 + 8_355, 5 / 8_355),
    "data/ipinyou_raw": (10_439, 0.042),
    "data/frappe": (202_005 + 2 * 57_722, 0.333),
    "data/mine": (32_339, 0.172),
}


def test_every_format_is_on_the_page():
    for name in FORMATS:
        assert f"`{name}`" in PAGE


def test_the_pages_description_is_one(tmp_path: Path):
    (tmp_path / "my_log.toml").write_text(DESCRIPTION)
    log = tmp_path / "log.csv"
    log.write_text("id,click,hour,C1,C14,C15\n")
    found = log_format(str(tmp_path / "my_log.toml"), [log])
    assert [(entry.name, entry.kind, entry.side) for entry in found.columns] == [
        ("C14", "categorical", "candidate"),
        ("width", "numeric", "candidate"),
        ("weekday", "categorical", "context"),
        ("C1", "categorical", "context"),
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page")
    place_files(path)
    return path


@needs_real_data
@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(SHELL)))
def test_the_pages_commands_make_a_model_that_can_be_released(folder: Path, place: int):
    commands = [shlex.split(line) for line in SHELL[place].splitlines()]
    assert [command[1] for command in commands] == ["prepare", "train", "evaluate"]
    data, run = (command[command.index("--out") + 1] for command in commands[:2])
    # Export and verify score raw rows of the sample from value to logit, as a gateway does.
    commands.append(["dynint", "export", "--run", run, "--data", data, "--name", Path(run).name])
    commands.append(["dynint", "verify", f"releases/{Path(run).name}/1"])
    for command in commands:
        # A run as long as the page's would take minutes; one epoch is enough here.
        short = ["--set", "training.epochs=1"] if command[1] == "train" else []
        done = subprocess.run(
            [*DYNINT, *command[1:], *short],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    rows, rate = EXPECTED[data]
    card = read_card(folder / data)
    assert card["rows"] == rows
    assert card["positive_rate"] == pytest.approx(rate, abs=0.001)
    assert card["bad_lines"]["count"] == 0


def test_each_command_of_the_page_has_its_expected_rows():
    prepared = [shlex.split(block.splitlines()[0]) for block in SHELL]
    assert {command[command.index("--out") + 1] for command in prepared} == set(EXPECTED)
