"""Generated days whose truth moves: how much, what comes and goes, and that it is known."""

import json
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from model.errors import InvalidInputError
from training.datasets import read_instances
from training.datasets.criteo import CRITEO
from training.datasets.synthetic import (
    BayesMeter,
    Drift,
    PlantedTruth,
    bayes_path,
    day_path,
    generate_days,
    generate_log,
    truth_path,
)
from training.datasets.synthetic.planted_truth import FIELDS

RATE = 0.1
BY_NAME = {field.name: field for field in FIELDS}
IDS = [field for field in FIELDS if field.comes_and_goes]


@pytest.fixture(scope="module")
def levels():
    return PlantedTruth(1).draw(np.random.default_rng(4), 50_000)


def correlation(field, days: tuple[int, int]) -> float:
    """Of a field's effects on two days, weighted by its shares."""
    one, other = (field.effects(1, "first", drift=Drift(day, RATE)) for day in days)
    return float(np.sum(field.shares() * one * other))


def test_without_drift_any_day_has_the_truth_of_day_0(tmp_path: Path, levels):
    generate_log(tmp_path / "still", 300, 1, day=4)
    generate_log(tmp_path / "zero", 300, 1, day=4, drift=0.0)
    generate_log(tmp_path / "moved", 300, 1, day=4, drift=0.1)
    logs = [(tmp_path / name).read_bytes() for name in ("still", "zero", "moved")]
    assert logs[0] == logs[1] != logs[2]
    first = PlantedTruth(1, Drift(0, 0.5)).logit(levels)
    np.testing.assert_array_equal(first, PlantedTruth(1).logit(levels))


def test_effects_keep_mean_and_variance_and_lose_their_likeness_day_by_day():
    for field in (BY_NAME["C1"], BY_NAME["C2"], BY_NAME["I11"]):
        effects = field.effects(1, "first", drift=Drift(5, RATE))
        assert np.sum(field.shares() * effects) == pytest.approx(0.0, abs=1e-9)
        assert np.sum(field.shares() * effects**2) == pytest.approx(1.0)
    alike = [
        np.mean([correlation(BY_NAME[name], (0, day)) for name in ("C1", "C2", "C5", "C8", "I11")])
        for day in (0, 1, 4, 12)
    ]
    assert alike[0] == pytest.approx(1.0)
    assert all(later < earlier for earlier, later in pairwise(alike))
    assert alike[1] == pytest.approx(np.sqrt(1 - RATE), abs=0.05)


def test_a_share_of_the_ids_is_replaced_each_day_and_no_name_comes_back():
    assert {"C3", "C7", "C21"} <= {field.name for field in IDS}
    assert not {"C1", "C9", "I5"} & {field.name for field in IDS}
    field = BY_NAME["C7"]
    days = [field.texts(Drift(day, RATE)).to_pylist() for day in range(13)]
    for names in days:
        assert len(set(names)) == field.levels + 1
    for before, after in pairwise(days):
        gone = np.mean([one != other for one, other in zip(before, after, strict=True)])
        assert gone == pytest.approx(RATE, abs=0.01)
    assert not set(days[0]) & set(days[12]) - {""}
    ever = [name for level in zip(*days, strict=True) for name in set(level)]
    assert len(set(ever)) == len(ever)


def test_a_level_that_is_replaced_has_new_effects_and_others_barely_move():
    field = BY_NAME["C10"]
    still, moved = (field.effects(1, "first", drift=Drift(day, 0.02)) for day in (0, 1))
    new = Drift(1, 0.02).generation(field.levels, 1, field.name) > 0
    assert new.mean() == pytest.approx(0.02, abs=0.004)
    head = np.arange(field.levels) < 2_000
    same = np.corrcoef(still[:-1][~new & head], moved[:-1][~new & head])[0, 1]
    other = np.corrcoef(still[:-1][new], moved[:-1][new])[0, 1]
    assert same > 0.97
    assert abs(other) < 0.2


def test_the_truth_of_yesterday_is_wrong_today_and_more_so_each_day(levels):
    losses = []
    for day in (0, 1, 3, 9):
        truth = PlantedTruth(1, Drift(day, RATE)).probability(levels)
        stale = PlantedTruth(1).logit(levels)
        losses.append(np.mean(np.logaddexp(0, stale) - truth * stale))
        best = np.log(truth) - np.log1p(-truth)
        losses[-1] -= np.mean(np.logaddexp(0, best) - truth * best)
        assert truth.mean() == pytest.approx(0.25, abs=0.005)
        meter = BayesMeter()
        draws = np.random.default_rng(day).random(len(truth)) < truth
        meter.add(truth, draws.astype(np.float32))
        assert meter.auc == pytest.approx(0.80, abs=0.02)
    assert losses[0] == pytest.approx(0.0, abs=1e-12)
    assert all(later > earlier for earlier, later in pairwise(losses))
    assert losses[-1] > 0.03


def test_a_row_has_the_probability_that_its_own_values_give_on_its_day(tmp_path: Path):
    drift = Drift(3, RATE)
    log = generate_days(tmp_path, 1, 200, drift=RATE, first=3)[0]
    code_of = {
        field.name: {text: code for code, text in enumerate(field.texts(drift).to_pylist())}
        for field in FIELDS
    }
    rows = [instance for _, _, instance in read_instances(CRITEO, [log])]
    levels = {
        name: np.array([codes[str(row.get(name, ""))] for row in rows], np.int32)
        for name, codes in code_of.items()
    }
    chances = PlantedTruth(1, drift).probability(levels)
    np.testing.assert_allclose(chances, np.load(bayes_path(log)))


def test_days_are_dated_whole_and_the_same_however_many_there_are(tmp_path: Path):
    seen = []
    start = date(2025, 12, 30)
    logs = generate_days(
        tmp_path / "a", 4, 50, 2, drift=0.05, start=start, told=lambda *day: seen.append(day)
    )
    assert [log.name for log in logs] == [
        "2025-12-30.txt",
        "2025-12-31.txt",
        "2026-01-01.txt",
        "2026-01-02.txt",
    ]
    for day, (log, info) in enumerate(seen):
        assert log == day_path(tmp_path / "a", day, start)
        assert json.loads(truth_path(log).read_text()) == info
        assert (info["day"], info["drift"], info["rows"]) == (day, 0.05, 50)
    generate_days(tmp_path / "b", 1, 50, 2, drift=0.05, first=3, start=start)
    for file in (tmp_path / "b").iterdir():
        assert file.read_bytes() == (tmp_path / "a" / file.name).read_bytes()
    assert len(list((tmp_path / "b").iterdir())) == 3


def test_the_command_writes_the_days_that_the_function_writes(tmp_path: Path):
    command = [sys.executable, "-m", "training.datasets.synthetic", "--json", "--rows", "50"]
    more = ["--out", str(tmp_path / "a"), "--days", "2", "--drift", "0.2", "--seed", "5"]
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    assert list(result["days"]) == ["2026-01-01.txt", "2026-01-02.txt"]
    generate_days(tmp_path / "b", 2, 50, 5, drift=0.2)
    for file in (tmp_path / "b").iterdir():
        assert file.read_bytes() == (tmp_path / "a" / file.name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"days": 0}, "days: must be at least 1; received 0"),
        ({"rows": 0}, "rows: must be at least 1"),
        ({"drift": 1.0}, "drift: must be from 0 to below 1; received 1.0"),
        ({"drift": -0.1}, "drift: must be from 0"),
        ({"drift": float("nan")}, "drift: must be from 0"),
        ({"first": -1}, "day: must be at least 0; received -1"),
    ],
)
def test_refuses_arguments_out_of_range(tmp_path: Path, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        generate_days(tmp_path / "out", **{"days": 1, "rows": 10, **arguments})
    assert not list(tmp_path.glob("out/*"))
