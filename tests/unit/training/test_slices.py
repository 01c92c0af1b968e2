import numpy as np
import pytest

from model.features import Encoder, FeatureSpec, Field, Vocabulary
from training.evaluate.level_sums import LevelSums
from training.evaluate.level_values import level_values
from training.evaluate.plots import plot_evaluation
from training.evaluate.slices import field_calibration, field_of_rows, worst_slices

NAMES = ("A", "B")
FIELDS = np.array([0, 1, 0, 0, 1])  # rows 0 and 1: out of vocabulary; A has 2, 3; B has 4
IDS = np.array([[2, 4], [2, 4], [3, 4], [0, 4]], np.int32)
LABELS = np.array([1, 0, 1, 1], np.float32)
P = np.array([0.5, 0.5, 0.25, 0.75])


@pytest.fixture
def sums():
    sums = LevelSums.zero(5)
    sums.add(IDS[:1], LABELS[:1], P[:1])
    sums.add(IDS[1:], LABELS[1:], P[1:])
    return sums


def test_sums_are_those_of_the_rows_a_level_occurs_in(sums):
    assert sums.rows.tolist() == [1, 0, 2, 1, 4]
    assert sums.clicks.tolist() == [1, 0, 1, 1, 3]
    assert sums.predicted.tolist() == [0.75, 0, 1, 0.25, 2]
    assert sums.variance.tolist() == [0.1875, 0, 0.5, 0.1875, 0.875]


def test_a_fields_error_is_the_weighted_gap_of_its_levels(sums):
    by_field = {entry["field"]: entry for entry in field_calibration(sums, FIELDS, NAMES, 1)}
    assert by_field["A"]["calibration_error"] == (0.25 + 0 + 0.75) / 4
    assert by_field["B"]["calibration_error"] == 1 / 4
    assert by_field["A"]["slices"] == 3


def test_rare_levels_are_pooled(sums):
    by_field = {entry["field"]: entry for entry in field_calibration(sums, FIELDS, NAMES, 2)}
    assert by_field["A"]["calibration_error"] == 1 / 4  # the pool: 1.0 predicted, 2 clicks
    assert by_field["A"]["slices"] == 1
    assert by_field["A"]["pooled_rows"] == 2


def test_the_worst_slice_is_the_one_chance_explains_least(sums):
    worst = worst_slices(sums, FIELDS, NAMES, 1, {3: "x"})
    assert worst[0] == {
        "field": "A",
        "table_row": 3,
        "level": "x",
        "rows": 1,
        "clicks": 1,
        "predicted": 0.25,
        "ratio": 0.25,
        "deviation": pytest.approx(-0.75 / 0.1875**0.5),
    }
    assert {entry["level"] for entry in worst} == {"x", "out of vocabulary", None}


def test_a_slice_without_clicks_has_no_ratio():
    sums = LevelSums.zero(5)
    sums.add(IDS[:1], np.zeros(1, np.float32), np.array([0.5]))
    worst = worst_slices(sums, FIELDS, NAMES, 1, {})
    assert worst[0]["ratio"] is None


def test_rows_know_their_fields_and_their_values(tmp_path):
    fields = tuple(Field(name, "categorical", "context", None, None) for name in NAMES)
    spec = FeatureSpec(fields, min_count=1)
    marks = Encoder(spec).fingerprint_columns({"A": ["x", "y"], "B": ["z", ""]})
    vocabulary = Vocabulary.from_counts(spec, [(marks[:, i], np.ones(2, int)) for i in (0, 1)])
    sample = tmp_path / "sample.jsonl"
    sample.write_text(
        '{"row": 0, "label": 1, "instance": {"A": "x"}}\n'
        '{"row": 1, "label": 0, "instance": {"A": "new", "B": "z"}}\n'
    )
    values = level_values(sample, spec, vocabulary)
    assert sorted(values.values()) == ["missing", "x", "z"]
    assert field_of_rows(vocabulary).tolist() == [0, 1, 0, 0, 1, 1]
    assert level_values(tmp_path / "none.jsonl", spec, vocabulary) == {}


def test_a_bucket_is_told_by_one_of_its_values_and_as_a_bucket(tmp_path):
    spec = FeatureSpec(
        (
            Field("A", "numeric", "context", "log_square_plus_one", None),
            Field("B", "categorical", "context", None, 100),
        ),
        min_count=1,
    )
    marks = Encoder(spec).fingerprint_columns({"A": [655], "B": ["z"]})
    vocabulary = Vocabulary.from_counts(spec, [(marks[:, i], np.ones(1, int)) for i in (0, 1)])
    sample = tmp_path / "sample.jsonl"
    sample.write_text('{"row": 0, "label": 1, "instance": {"A": 655, "B": "z"}}\n')
    values = level_values(sample, spec, vocabulary)
    assert sorted(values.values()) == ["bucket of 655", "bucket of z"]


@pytest.mark.parametrize("rows", [8, 5000])
def test_the_plots_are_drawn(tmp_path, rows):
    random = np.random.default_rng(0)
    labels = (np.arange(rows) % 2).astype(np.float32)
    logits = (labels + random.normal(size=rows)).astype(np.float32)
    plot_evaluation(labels, logits, "a model", tmp_path / "plots.png")
    assert (tmp_path / "plots.png").read_bytes().startswith(b"\x89PNG")
