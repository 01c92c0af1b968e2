"""What Unicode calls the end of a line is a character like any other in a value."""

from pathlib import Path

import pytest

from model.export.sample_rows import read_sample
from model.features import FeatureSpec, Vocabulary
from tests.unit.data.lines import line
from training.datasets.criteo import CRITEO
from training.evaluate.level_values import level_values
from training.prepare import Split, prepare

ENDS = ("\x85", "\u2028", "\u2029", "a\u2028b")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = [line(str(row % 2), I1=str(row), C1=ENDS[row % len(ENDS)]) for row in range(200)]
    (folder / "log.txt").write_bytes(b"".join(rows))
    prepare([folder / "log.txt"], folder / "out", spec=CRITEO.spec(1), split=Split(50, 20, 30))
    return folder / "out"


def test_they_come_through_evaluation(data: Path):
    spec = FeatureSpec.load(data / "feature_spec.json")
    vocabulary = Vocabulary.load(data / "vocabulary.npz")
    values = level_values(data / "sample.jsonl", spec, vocabulary)
    assert set(ENDS) <= set(values.values())


def test_they_come_through_export(data: Path):
    spec = FeatureSpec.load(data / "feature_spec.json")
    sample = read_sample(data, spec, Vocabulary.load(data / "vocabulary.npz"))
    assert {instance["C1"] for instance in sample.instances} == set(ENDS)
