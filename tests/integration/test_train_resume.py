"""A training process that is killed goes on as if nothing had happened."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.model.training.prepared import write_prepared

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 120

CONFIG = """
[model]
name = "dynint_dgp"
dim = 4
subspaces = 2
layers = 1
kernel_size = 2
[training]
batch_size = 16
epochs = 12
eval_every_steps = 100
checkpoint_every_steps = 40
patience = 0
shuffle_rows = 700
average_decay = 0.95
embedding_dropout = 0.1
embedding_l2 = 0.001
"""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    write_prepared(folder / "data", {"train": 1050, "valid": 300, "test": 300})
    (folder / "run.toml").write_text(CONFIG)
    return folder


def start(workshop, out, *more):
    command = [sys.executable, "dynint.py", "train", "--json"]
    command += ["--config", workshop / "run.toml", "--data", workshop / "data"]
    command += ["--out", workshop / out, *more]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process):
    out, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1]), err


def kill_after_checkpoint(process, folder, step):
    """Kill -9 as soon as a checkpoint of ``step`` or later is there."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        names = (path.name for path in (folder / "checkpoints").glob("step-*"))
        if any(int(name.removeprefix("step-")) >= step for name in names):
            process.send_signal(signal.SIGKILL)
            break
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.005)
    process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == -signal.SIGKILL


def arrays(folder):
    with np.load(folder / "model" / "dense.npz", allow_pickle=False) as dense:
        found = {name: dense[name] for name in dense.files}
    return {**found, "table": np.load(folder / "model" / "table.npy", allow_pickle=False)}


def evaluations(folder):
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [{k: v for k, v in line.items() if k != "train_seconds"} for line in lines]


@pytest.mark.slow
def test_a_run_killed_twice_ends_with_the_weights_of_one_that_was_not(workshop):
    whole, _ = finish(start(workshop, "whole"))
    for step in (80, 400):
        kill_after_checkpoint(start(workshop, "killed"), workshop / "killed", step)
        half_written = workshop / "killed" / "checkpoints" / ".step-000999999.half"
        half_written.mkdir()
    resumed, err = finish(start(workshop, "killed"))
    assert "resuming" in err
    left, right = arrays(workshop / "whole"), arrays(workshop / "killed")
    assert left.keys() == right.keys()
    for name, array in left.items():
        np.testing.assert_array_equal(array, right[name], err_msg=name, strict=True)
    assert resumed["metrics"] == whole["metrics"]
    assert evaluations(workshop / "whole") == evaluations(workshop / "killed")
    assert not half_written.exists()


@pytest.mark.slow
def test_a_warm_run_killed_twice_ends_like_one_that_was_not_and_needs_its_source_once(workshop):
    write_prepared(
        workshop / "later", {"train": 1050, "valid": 300, "test": 300}, levels=40, seed=1
    )
    later = ("--data", workshop / "later", "--set", "training.epochs=6")
    source = workshop / "source"
    finish(start(workshop, "source", "--set", "training.epochs=2"))
    whole, err = finish(start(workshop, "warm", *later, "--warm-start", source))
    assert whole["warm_start"]["rows"] == {"carried": 124, "new": 40, "dropped": 0}
    assert f"starting from {source}, step" in err
    kill_after_checkpoint(
        start(workshop, "cut", *later, "--warm-start", source), workshop / "cut", 0
    )
    shutil.rmtree(source)
    kill_after_checkpoint(
        start(workshop, "cut", *later, "--warm-start", source), workshop / "cut", 200
    )
    resumed, _ = finish(start(workshop, "cut", *later, "--warm-start", source))
    left, right = arrays(workshop / "warm"), arrays(workshop / "cut")
    for name, array in left.items():
        np.testing.assert_array_equal(array, right[name], err_msg=name, strict=True)
    assert resumed["metrics"] == whole["metrics"]
    assert evaluations(workshop / "warm") == evaluations(workshop / "cut")


def test_a_wrong_setting_exits_with_2_and_names_it(workshop):
    process = start(workshop, "wrong", "--set", "training.epoch=2")
    _, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 2
    assert "[training] epoch: must be one of" in err
    assert "Traceback" not in err
    assert not (workshop / "wrong").exists()
