"""``dynint tune``: trials in processes, a search that goes on, one that was killed."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.model.training.prepared import write_prepared

pytestmark = pytest.mark.slow


SPACE = """
trials = 3

[base.model]
name = "dnn"
dim = 4

[base.training]
batch_size = 500

[space]
"model.hidden_units" = [[4], [8, 4]]
"dense_optimizer.alpha" = { low = 0.001, high = 0.1, log = true }
"""


def command(*more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "dynint", "tune", "--config", "space.toml"),
        *("--data", "data", "--out", "out", "--json", *more),
    ]


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*more), cwd=folder, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A search that was killed in its second trial, then done."""
    folder = tmp_path_factory.mktemp("tune")
    write_prepared(folder / "data", {"train": 2000, "valid": 500, "test": 500})
    (folder / "space.toml").write_text(SPACE)
    killed = subprocess.Popen(
        command(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    end = time.monotonic() + 300
    while not (folder / "out/runs/00001.toml").exists():
        assert time.monotonic() < end
        assert killed.poll() is None
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "out/trials.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_killed_trial_is_tried_again_with_its_settings(searched: tuple[Path, dict]):
    folder, found = searched
    assert (found["trials"], found["failed"]) == (3, 0)
    assert all((folder / "out" / name).is_file() for name in found["files"])
    tried = rows(folder)
    assert len(tried) == 3
    cut_off = tomllib.loads((folder / "out/runs/00001.toml").read_text())
    again = next(row for row in tried if row["trial"] == "2")
    assert float(again["dense_optimizer.alpha"]) == cut_off["dense_optimizer"]["alpha"]
    assert json.loads(again["model.hidden_units"]) == cut_off["model"]["hidden_units"]


def test_the_best_trial_is_the_best_and_its_file_trains_it(searched: tuple[Path, dict]):
    folder, found = searched
    values = [float(row["valid_auc"]) for row in rows(folder)]
    assert found["best"]["value"] == max(values)
    best = tomllib.loads((folder / "out/best.toml").read_text())
    assert best["model"]["hidden_units"] == found["best"]["settings"]["model.hidden_units"]
    assert best["dense_optimizer"]["alpha"] == found["best"]["settings"]["dense_optimizer.alpha"]
    assert (folder / "out/history.png").read_bytes().startswith(b"\x89PNG")


def test_more_trials_go_on_with_others_and_show_what_matters(searched: tuple[Path, dict]):
    folder, _ = searched
    before = rows(folder)
    done = run(folder, "--trials", "5")
    assert done.returncode == 0, done.stderr
    after = rows(folder)
    assert after[:3] == before
    assert len({row["dense_optimizer.alpha"] for row in after}) == 5
    assert (folder / "out/importance.png").read_bytes().startswith(b"\x89PNG")


def test_a_last_line_without_its_end_is_cut_off(searched: tuple[Path, dict]):
    folder, _ = searched
    store = folder / "out" / "trials.journal"
    whole = store.read_bytes()
    store.write_bytes(whole + b'{"op_code": 4, "wor')
    done = run(folder, "--trials", "3")
    assert done.returncode == 0, done.stderr
    assert "its last 19 bytes are no whole line; cut off" in done.stderr
    assert store.read_bytes().startswith(whole)


def test_a_search_on_other_data_is_refused(searched: tuple[Path, dict]):
    folder, _ = searched
    write_prepared(folder / "other", {"train": 500, "valid": 500, "test": 500}, seed=7)
    done = run(folder, "--data", "other")
    assert done.returncode == 2
    assert done.stderr.startswith("error: out: must be of the same search on the same data")


def without_digest(searched: Path, folder: Path) -> Path:
    """Copy a search as versions wrote it that did not say on which data it is."""
    shutil.copytree(searched, folder)
    store = folder / "out" / "trials.journal"
    lines = [json.loads(line) for line in store.read_text().splitlines()]
    for line in lines:
        if "space" in (told := line.get("user_attr", {})):
            told["space"] = json.dumps(json.loads(told["space"])[:-1], sort_keys=True)
    store.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


def test_a_search_that_does_not_say_on_which_data_is_told_by_its_runs(
    searched: tuple[Path, dict], tmp_path: Path
):
    folder = without_digest(searched[0], tmp_path / "old")
    before = rows(folder)
    write_prepared(folder / "strange", {"train": 500, "valid": 500, "test": 500}, seed=7)
    refused = run(folder, "--data", "strange")
    assert refused.returncode == 2
    assert "trials.journal does not say on which data it is" in refused.stderr
    assert "00000/run.json is of other data" in refused.stderr
    done = run(folder, "--trials", "3")
    assert done.returncode == 0, done.stderr
    assert rows(folder) == before
    refused = run(folder, "--data", "strange")  # now it says so
    assert "must be of the same search on the same data" in refused.stderr


def test_one_whose_runs_are_gone_too_is_refused(searched: tuple[Path, dict], tmp_path: Path):
    folder = without_digest(searched[0], tmp_path / "old")
    shutil.rmtree(folder / "out" / "runs" / "00000")
    refused = run(folder)
    assert refused.returncode == 2
    assert "does not say on which data it is" in refused.stderr
    assert "00000/run.json cannot be read" in refused.stderr


def test_a_folder_of_another_search_is_refused(searched: tuple[Path, dict]):
    folder, _ = searched
    (folder / "space.toml").write_text(SPACE.replace("0.001", "0.002"))
    try:
        done = run(folder)
    finally:
        (folder / "space.toml").write_text(SPACE)
    assert done.returncode == 2
    assert done.stderr.startswith("error: out: must be of the same search")
