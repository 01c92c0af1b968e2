import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field, Vocabulary
from tests.unit.study.made import TWO_MODELS
from training.study.plan import StudyPlan
from training.study.provenance import commit, machine
from training.study.record import FILE, Record
from training.train.prepared_data import PreparedData


def data(digest: str = "ab" * 32) -> PreparedData:
    spec = FeatureSpec((Field("C1", "categorical", "context", None, None),), min_count=1)
    vocabulary = Vocabulary.from_counts(spec, [(np.arange(3, dtype=np.uint64), np.full(3, 5))])
    return PreparedData(Path("data/clicks"), spec, vocabulary, digest, rows={"train": 10})


def opened(folder: Path, plan: StudyPlan, digest: str = "ab" * 32) -> Record:
    return Record.open(folder, plan, plan.cases(10), data(digest))


def test_sessions_that_trained_something_are_kept(tmp_path: Path):
    plan = StudyPlan.parse(TWO_MODELS)
    opened(tmp_path, plan).note(3)
    opened(tmp_path, plan)  # trained nothing
    opened(tmp_path, plan)
    found = json.loads((tmp_path / FILE).read_text())
    assert [session["runs"] for session in found["sessions"]] == [3, 0]
    assert found["sessions"][0]["machine"]["cores"] >= 1
    assert found["data"]["digest"] == "ab" * 32
    assert found["cases"]["DGP, layers 4"]["model"]["layers"] == 4


def test_seeds_and_values_may_come_and_go(tmp_path: Path):
    opened(tmp_path, StudyPlan.parse(TWO_MODELS)).note(1)
    sweeps = [{"setting": "model.layers", "values": [4, 2]}]
    opened(tmp_path, StudyPlan.parse({**TWO_MODELS, "seeds": [7], "sweeps": sweeps}))
    assert json.loads((tmp_path / FILE).read_text())["seeds"] == [7]


def test_another_study_other_data_and_other_settings_are_refused(tmp_path: Path):
    plan = StudyPlan.parse(TWO_MODELS)
    opened(tmp_path, plan)
    with pytest.raises(InvalidInputError, match=r"same study; .* is of 'Depth', not of 'Width'"):
        opened(tmp_path, StudyPlan.parse({**TWO_MODELS, "title": "Width"}))
    with pytest.raises(InvalidInputError, match=r"out: must be of the same data; .* Give another"):
        opened(tmp_path, plan, "cd" * 32)
    with pytest.raises(
        InvalidInputError,
        match=r"out: must be of the same settings; .* 'Int, layers 0': now training.epochs is 3, not 1",
    ):
        opened(tmp_path, StudyPlan.parse(TWO_MODELS, ["training.epochs=3"]))


def test_a_commit_is_that_of_the_code_itself(tmp_path: Path):
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(
            [*command, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    assert commit(tmp_path) is None
    git("init", "-q")
    (tmp_path / "file").write_text("1")
    (tmp_path / "inside").mkdir()
    git("add", "file")
    git("commit", "-q", "-m", "first")
    head = git("rev-parse", "HEAD")
    assert commit(tmp_path) == head
    assert commit(tmp_path / "inside") is None  # installed somewhere in another project
    (tmp_path / "file").write_text("2")
    assert commit(tmp_path) == f"{head}+changes"


def test_the_machine_is_described_and_not_named():
    assert machine().keys() == {"system", "processor", "cores", "memory_gb"}
