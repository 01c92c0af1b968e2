"""``dynint compare``: processes, a model that fails, a second call."""

import fcntl
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.model.training.prepared import write_prepared

pytestmark = pytest.mark.slow


PLAN = """
seeds = [1, 2]

[defaults.training]
batch_size = 500

[models."LR".model]
name = "lr"

[models."Xdeep&Int".model]
name = "xdeepint"
dim = 4
subspaces = 2

[models.Wild.model]
name = "dnn"
dim = 4
hidden_units = [8]

[models.Wild.dense_optimizer]
name = "adam"
alpha = 1e38
"""


FRAPPE = ("user", "item", "daytime", "weekday", "isweekend", "homework", "cost", "weather")
FRAPPE += ("country", "city")


def wait_until(fulfilled: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_locked(path: Path) -> bool:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "dynint", "compare", "--config", "plan.toml"),
            *("--data", "data", "--out", "out", "--beside", "criteo", "--json"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("compare")
    write_prepared(folder / "data", {"train": 2000, "valid": 500, "test": 500})
    (folder / "plan.toml").write_text(PLAN)
    done = run(folder)
    assert done.returncode == 1, done.stderr  # one model failed
    return folder, {**json.loads(done.stdout.splitlines()[-1]), "told": done.stderr}


def test_the_models_that_can_be_trained_are_all_there(compared: tuple[Path, dict]):
    folder, found = compared
    by_label = {model["model"]: model for model in found["models"]}
    assert list(by_label) == ["LR", "Xdeep&Int", "Wild"]
    for label in ("LR", "Xdeep&Int"):
        assert len(by_label[label]["metrics"]["test_auc"]) == 2
        assert by_label[label]["cost"]["flops"] > 0
        assert by_label[label]["cost"]["forward_ms"] > 0
        assert by_label[label]["examples_per_second"] > 0
        assert by_label[label]["failed"] == []
    for seed, auc in zip((1, 2), by_label["LR"]["metrics"]["test_auc"], strict=True):
        run_file = json.loads((folder / "out" / "runs" / f"lr-{seed}" / "run.json").read_text())
        assert run_file["metrics"]["test"]["auc"] == auc
        assert run_file["config"]["training"]["seed"] == seed
    assert (folder / "out/comparison.png").read_bytes().startswith(b"\x89PNG")
    table = (folder / "out/comparison.md").read_text()
    assert "| LR |" in table
    assert "0.7924" in table  # the paper's
    assert len((folder / "out/comparison.csv").read_text().splitlines()) == 4


def test_one_that_fails_is_named_and_loses_nothing(compared: tuple[Path, dict]):
    _, found = compared
    wild = found["models"][2]
    assert wild["cost"] is None
    assert len(wild["failed"]) == 2
    assert "error: 2 of the runs failed" in found["told"]
    assert "Wild, seed 1: failed:" in found["told"]


def test_a_table_on_other_data_is_not_overwritten(compared: tuple[Path, dict], tmp_path: Path):
    folder, _ = compared
    write_prepared(tmp_path / "data", {"train": 600, "valid": 200, "test": 200})
    (tmp_path / "plan.toml").write_text(PLAN)
    (tmp_path / "out").symlink_to(folder / "out")
    table = (folder / "out/comparison.md").read_text()
    done = run(tmp_path)
    assert done.returncode == 2
    assert "out: must be of the same data; out/comparison.json is of another" in done.stderr
    assert (folder / "out/comparison.md").read_text() == table


def test_a_second_call_does_only_what_is_missing(compared: tuple[Path, dict]):
    folder, found = compared
    files = [folder / "out/runs" / name / "run.json" for name in ("lr-1", "xdeep_int-2")]
    before = [(file.stat().st_mtime_ns, file.read_bytes()) for file in files]
    begin = time.monotonic()
    again = run(folder)
    assert again.returncode == 1
    assert [(file.stat().st_mtime_ns, file.read_bytes()) for file in files] == before
    models = json.loads(again.stdout.splitlines()[-1])["models"]
    for model, earlier in zip(models[:2], found["models"][:2], strict=True):
        assert model["metrics"] == earlier["metrics"]
    assert time.monotonic() - begin < 300


def test_it_goes_on_after_it_was_killed_and_no_run_outlives_it(
    compared: tuple[Path, dict], tmp_path: Path
):
    folder, found = compared
    (tmp_path / "data").symlink_to(folder / "data")
    (tmp_path / "plan.toml").write_text(PLAN)
    command = [*(sys.executable, "-m", "dynint", "compare", "--config", "plan.toml")]
    command += ["--data", "data", "--out", "out"]
    begun = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    lock = tmp_path / "out/runs/xdeep_int-1/.lock"
    wait_until(lock.exists)
    wait_until(lambda: is_locked(lock))
    begun.kill()
    begun.wait()
    wait_until(lambda: not is_locked(lock), seconds=10)  # its child is gone, too
    assert not (tmp_path / "out/comparison.json").exists()
    done = run(tmp_path)
    assert done.returncode == 1, done.stderr
    models = json.loads(done.stdout.splitlines()[-1])["models"]
    for model, earlier in zip(models[:2], found["models"][:2], strict=True):
        assert model["metrics"] == earlier["metrics"]


def test_raw_logs_are_prepared_as_the_plan_says_each_seed_its_own_deal(tmp_path: Path):
    draw = random.Random(5)
    rows = [
        ",".join(["1" if draw.random() < 0.4 else "0", *(str(draw.randrange(5)) for _ in FRAPPE)])
        for _ in range(1500)
    ]
    (tmp_path / "log.csv").write_text("\n".join([",".join(["label", *FRAPPE]), *rows]) + "\n")
    plan = """
        seeds = [1, 2]
        prepare = {format = "frappe", min_count = 2, deal_anew = true}
        models.LR.model.name = "lr"
    """
    (tmp_path / "plan.toml").write_text(plan)
    command = [sys.executable, "-m", "dynint", "compare", "--config", "plan.toml", "--json"]

    def compare(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "--out", "out", *more],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    done = compare("--raw", "log.csv")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout.splitlines()[-1])["data"]
    assert [Path(each["path"]).name for each in data] == ["data-1", "data-2"]
    assert data[0]["digest"] != data[1]["digest"]
    card = json.loads((tmp_path / "out/data-2/data_card.json").read_text())
    assert card["min_count"] == 2
    assert card["split"]["seed"] == 2

    again = compare("--raw", "log.csv")  # nothing is prepared or trained again
    assert again.returncode == 0, again.stderr
    assert "preparing" in done.stderr
    assert "preparing" not in again.stderr
    (tmp_path / "log.csv").write_text("\n".join(["label," + ",".join(FRAPPE), *rows[:900]]) + "\n")
    for options, text in {
        ("--raw", "log.csv"): r"out: .*data-1 must be prepared from .*; it differs in logs\.",
        ("--raw", "log.csv", "--valid", "log.csv"): "deal_anew must be false where --valid",
        (): "--data: give either prepared data or raw logs by --raw; received neither",
        ("--data", "out/data-1", "--raw", "log.csv"): "--data: give either .*; received both",
        ("--data", "out/data-1", "--valid", "a"): "--valid: goes with --raw; received a",
        ("--data", "out/data-1"): "deal_anew must be false for data that is prepared already",
    }.items():
        refused = compare(*options)
        assert refused.returncode == 2
        assert re.search(text, refused.stderr), refused.stderr


def test_bad_arguments_are_one_line(tmp_path: Path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dynint", "compare", "--config", "nothing"),
            *("--data", "data", "--out", "out"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: config: must be a TOML file or one of")
    assert not (tmp_path / "out").exists()
