"""``dynint study``: the shipped studies, processes that are killed, what is added later."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.model.training.prepared import write_prepared
from tests.unit.study.page import Page
from training.cli import app
from training.study.plan import SHIPPED, StudyPlan
from training.study.study import study
from training.train.child import Outcome
from training.train.run_config import RunConfig
from training.train.train_run import train

TINY = ["model.dim=4", "training.batch_size=500", "training.epochs=1"]
PLAN = """
title = "Depth"
about = "Two models, two depths."
view = "lines"
seeds = [1]

[[sweeps]]
setting = "model.layers"
values = [0, 1]

[defaults.model]
dim = 4
subspaces = 2

[defaults.training]
batch_size = 50
epochs = 30
patience = 0
eval_every_steps = 100
checkpoint_every_steps = 40

[models.Int.model]
name = "xdeepint"
"""


def train_here(
    config: Path, data: Path, folder: Path, seed: int | None, told: Callable[[str], None]
) -> Outcome:
    """Train in this process, which has TensorFlow already."""
    return Outcome(train(RunConfig.load(config, seed=seed), data, folder), "")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_prepared(
        tmp_path_factory.mktemp("study") / "data", {"train": 2000, "valid": 500, "test": 500}
    )


def ends_only(path: Path) -> dict[str, Any]:
    """A shipped study with the first and the last value of what varies, for its first model."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    document["seeds"] = [1]
    label = next(iter(document["models"]))
    for sweep in document.get("sweeps", []):
        sweep["values"] = [sweep["values"][0], sweep["values"][-1]]
        if "models" not in sweep:
            document["models"] = {label: document["models"][label]}
    return document


EXTRA = {"singular_values": "singular_values.csv", "orthogonality": "curves.csv"}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_study_makes_its_report(path: Path, data: Path, tmp_path: Path):
    name = path.stem
    sizes = ["model.layers=1"] if name not in {"depth"} else []
    sizes += ["model.subspaces=2"] if name not in {"subspaces"} else ["model.dim=16"]
    found = study(StudyPlan.parse(ends_only(path), [*TINY, *sizes]), data, tmp_path, train_here)
    assert found["failed"] == []
    for file in found["files"]:
        assert (tmp_path / file).stat().st_size > 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["test_auc"]) for row in rows] == [run["test_auc"] for run in found["runs"]]
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    for file in {"results.csv", "results.json", EXTRA.get(name, "results.csv")}:
        assert page.files[file] == (tmp_path / file).read_text(encoding="utf-8")
    card = json.loads((data / "data_card.json").read_text())
    assert card["digest"] in page.text
    assert f"{rows[0]['test_auc'][:5]}" in page.text or name in EXTRA
    assert not list(tmp_path.glob("runs/*/checkpoints"))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_study_runs_whole(path: Path, data: Path, tmp_path: Path):
    sizes = [] if path.stem == "subspaces" else ["model.subspaces=4"]
    settings = ["training.batch_size=1000", "training.epochs=1", *sizes]
    plan = StudyPlan.load(path, settings, [1, 2] if path.stem == "singular_values" else [1])
    found = study(plan, data, tmp_path, train_here)
    assert found["failed"] == []
    Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def command(folder: Path, data: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "dynint", "study", str(folder / "plan.toml")),
        *("--data", str(data), "--out", str(folder / "out"), "--json", *more),
    ]


def run(folder: Path, data: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, data, *more), capture_output=True, text=True, check=False, timeout=280
    )


def trainers(folder: Path) -> Iterator[int]:
    """Process ids of the training processes of this study alone."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if "train" in arguments and any(str(folder / "out") in each for each in arguments):
            yield int(entry.name)


def wait_for(what: Callable[[], object], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while not what():
        assert time.monotonic() < end
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)


def checkpoints(folder: Path, run_name: str) -> list[Path]:
    return list((folder / "out/runs" / run_name / "checkpoints").glob("step-*"))


@pytest.mark.timeout(600)  # five processes with TensorFlow, on a machine that may be busy
@pytest.mark.skipif(sys.platform != "linux", reason="finds the training process in /proc")
@pytest.mark.slow
def test_a_killed_training_process_loses_no_other_run_and_goes_on_later(data: Path, tmp_path: Path):
    (tmp_path / "plan.toml").write_text(PLAN)
    started = subprocess.Popen(
        command(tmp_path, data), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for(lambda: checkpoints(tmp_path, "int_layers_0-1"), started)
        (child,) = trainers(tmp_path)
        os.kill(child, signal.SIGKILL)
        out, err = started.communicate(timeout=280)
    finally:
        started.terminate()  # where it has not ended: its training process ends with it
        started.wait()
    assert started.returncode == 1
    assert "Int, layers 0, seed 1: failed: " in err
    assert "error: 1 of the runs failed; run the command again" in err
    found = json.loads(out.splitlines()[-1])
    assert [run["test_auc"] is None for run in found["runs"]] == [True, False]
    assert found["failed"][0] in Page((tmp_path / "out/report.html").read_text()).text
    other = tmp_path / "out/runs/int_layers_1-1/run.json"
    before = other.stat().st_mtime_ns

    done = run(tmp_path, data)
    assert done.returncode == 0, done.stderr
    assert "1 of 2 runs are finished already" in done.stderr
    assert "report.html, which is whole in itself" in done.stderr
    assert other.stat().st_mtime_ns == before
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["failed"] == []
    # It went on from a checkpoint: what a whole run would have logged is all there, once.
    log = (tmp_path / "out/runs/int_layers_0-1/metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in log] == list(range(100, 1201, 100))
    record = json.loads((tmp_path / "out/study.json").read_text())
    assert [session["runs"] for session in record["sessions"]] == [2, 1]


@pytest.mark.slow
def test_a_killed_study_goes_on_and_takes_more_seeds(data: Path, tmp_path: Path):
    (tmp_path / "plan.toml").write_text(PLAN)
    killed = subprocess.Popen(
        command(tmp_path, data),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: checkpoints(tmp_path, "int_layers_1-1"), killed)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    done = run(tmp_path, data)
    assert done.returncode == 0, done.stderr
    assert "1 of 2 runs are finished already" in done.stderr
    more = run(tmp_path, data, "--seeds", "1,2")
    assert more.returncode == 0, more.stderr
    assert "2 of 4 runs are finished already" in more.stderr
    runs = json.loads(more.stdout.splitlines()[-1])["runs"]
    assert [run["seed"] for run in runs] == [1, 1, 2, 2]

    other = run(tmp_path, data, "--set", "training.epochs=2")
    assert other.returncode == 2
    assert other.stderr.splitlines()[-1].startswith("error: out: must be of the same settings")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["dept"], "error: study: must be a TOML file or one of ['depth', 'kernel_size_rank'"),
        (["depth", "--seeds", "1,x"], "error: seeds: must be integers with commas between"),
        (["depth", "--set", "model.layers=2"], "error: set: must not be what the study varies"),
        (["depth"], "error: data: must be a folder written by 'dynint prepare'"),
    ],
)
def test_bad_arguments_are_one_line(
    arguments: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["study", *arguments, "--data", "d", "--out", "out"])
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith(text)
    assert not (tmp_path / "out").exists()
