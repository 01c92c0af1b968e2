import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from model.errors import InvalidInputError
from training.datasets import read_instances
from training.datasets.criteo import CRITEO
from training.datasets.synthetic import (
    BayesMeter,
    PlantedTruth,
    bayes_path,
    generate_log,
    truth_path,
)
from training.datasets.synthetic.generate_log import BLOCK_ROWS
from training.datasets.synthetic.planted_truth import FIELDS, GATES, PAIRS, TRIPLES


@pytest.fixture(scope="module")
def truth() -> PlantedTruth:
    return PlantedTruth(1)


def test_the_meter_agrees_with_scikit_learn_over_blocks():
    random = np.random.default_rng(3)
    probability = random.beta(2, 6, 50_000)
    probability[:20] = [1e-12, 1 - 1e-12] * 10
    label = (random.random(50_000) < probability).astype(np.float32)
    meter = BayesMeter()
    for start in range(0, 50_000, 7_000):
        meter.add(probability[start : start + 7_000], label[start : start + 7_000])
    assert meter.auc == pytest.approx(roc_auc_score(label, probability), abs=2e-6)
    assert meter.logloss == pytest.approx(log_loss(label, probability), abs=1e-9)


def test_the_meter_knows_nothing_without_rows_or_without_both_labels():
    meter = BayesMeter()
    assert (meter.auc, meter.logloss) == (None, None)
    meter.add(np.array([0.5]), np.array([1.0], np.float32))
    assert (meter.auc, meter.logloss) == (None, pytest.approx(np.log(2)))


def test_files_are_equal_for_equal_arguments_and_differ_by_seed_and_day(tmp_path: Path):
    logs = {}
    for name, seed, day in (("a", 1, 0), ("b", 1, 0), ("c", 2, 0), ("d", 1, 1)):
        generate_log(tmp_path / name, 500, seed, day=day)
        logs[name] = ((tmp_path / name).read_bytes(), bayes_path(tmp_path / name).read_bytes())
    assert logs["a"] == logs["b"]
    assert len({log for log, _ in logs.values()}) == 3


def test_a_longer_log_starts_with_the_shorter_one(tmp_path: Path):
    rows = BLOCK_ROWS + 300
    generate_log(tmp_path / "short", 400)
    generate_log(tmp_path / "long", rows)
    assert (tmp_path / "long").read_bytes().startswith((tmp_path / "short").read_bytes())
    chances = np.load(bayes_path(tmp_path / "long"))
    assert chances.shape == (rows,)
    np.testing.assert_array_equal(chances[:400], np.load(bayes_path(tmp_path / "short")))


def test_a_row_of_any_day_has_the_probability_that_its_own_values_give(
    tmp_path: Path, truth: PlantedTruth
):
    generate_log(tmp_path / "log", 300, 1, day=5)
    code_of = {
        field.name: {text: code for code, text in enumerate(field.texts().to_pylist())}
        for field in FIELDS
    }
    rows = [instance for _, _, instance in read_instances(CRITEO, [tmp_path / "log"])]
    levels = {
        name: np.array([codes[str(row.get(name, ""))] for row in rows], np.int32)
        for name, codes in code_of.items()
    }
    np.testing.assert_allclose(truth.probability(levels), np.load(bayes_path(tmp_path / "log")))


def test_the_log_looks_like_criteos(tmp_path: Path):
    info = generate_log(tmp_path / "log", 20_000, 4)
    rows = list(read_instances(CRITEO, [tmp_path / "log"]))
    assert len(rows) == info["rows"] == 20_000
    assert 0.23 < np.mean([label for _, label, _ in rows]) == info["positive_rate"] < 0.27
    for field in FIELDS:
        values = [instance.get(field.name) for _, _, instance in rows]
        missing = sum(value is None for value in values) / len(values)
        assert missing == pytest.approx(field.missing, abs=0.02)
        assert {type(value) for value in values} <= {int if field.numeric else str, type(None)}
    assert min(row["I2"] for _, _, row in rows) == -3
    _, counts = np.unique([row["C7"] for _, _, row in rows], return_counts=True)
    counts = np.sort(counts)[::-1]
    assert counts[0] > 500
    assert (counts == 1).sum() > 500


def test_the_summary_is_written_beside_the_log(tmp_path: Path):
    info = generate_log(tmp_path / "log", 3000, 2)
    assert json.loads(truth_path(tmp_path / "log").read_text()) == info
    labels = [label for _, label, _ in read_instances(CRITEO, [tmp_path / "log"])]
    chances = np.load(bayes_path(tmp_path / "log"))
    assert info["bayes_auc"] == pytest.approx(roc_auc_score(labels, chances), abs=2e-6)
    assert info["bayes_logloss"] == pytest.approx(log_loss(labels, chances))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "log",
        "log.bayes.npy",
        "log.truth.json",
    ]


@pytest.mark.parametrize(
    "arguments", [{"rows": 0}, {"rows": 1, "seed": -1}, {"rows": 1, "day": -1}]
)
def test_refuses_arguments_out_of_range(tmp_path: Path, arguments: dict[str, int]):
    with pytest.raises(InvalidInputError, match=r"must be at least \d; received"):
        generate_log(tmp_path / "log", **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_effects_have_mean_zero_and_variance_one_over_the_fields_levels(field):
    shares = field.shares()
    assert shares.sum() == pytest.approx(1.0)
    effects = field.effects(1, "first")
    assert np.sum(shares * effects) == pytest.approx(0.0, abs=1e-9)
    assert np.sum(shares * effects**2) == pytest.approx(1.0)
    assert len(set(field.texts().to_pylist())) == len(effects) == field.levels + 1


@pytest.mark.parametrize("field", FIELDS[:3] + FIELDS[13:16], ids=lambda field: field.name)
def test_levels_are_drawn_with_their_shares(field):
    drawn = field.draw(np.random.default_rng(6).random(200_000))
    counts = np.bincount(drawn, minlength=field.levels + 1) / 200_000
    np.testing.assert_allclose(counts[:20], field.shares()[:20], atol=0.004)
    assert counts[-1] == pytest.approx(field.missing, abs=0.004)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_best_possible_auc_is_near_080_and_a_quarter_clicks(seed: int):
    truth = PlantedTruth(seed)
    random = np.random.default_rng(8)
    chance = truth.probability(truth.draw(random, 100_000))
    label = (random.random(100_000) < chance).astype(np.float32)
    meter = BayesMeter()
    meter.add(chance, label)
    assert meter.auc == pytest.approx(0.80, abs=0.012)
    assert chance.mean() == pytest.approx(0.25, abs=0.005)


def test_all_four_orders_of_interaction_are_planted(truth: PlantedTruth):
    levels = truth.draw(np.random.default_rng(9), 40_000)
    logit = truth.logit(levels)

    def without(*names: str) -> float:
        """Share of the logit's variance that shuffling these columns together takes away."""
        shuffled = dict(levels)
        order = np.random.default_rng(10).permutation(40_000)
        for name in names:
            shuffled[name] = levels[name][order]
        return float(np.var(logit - truth.logit(shuffled)) / np.var(logit))

    for pair in PAIRS:
        assert min(without(name) for name in pair) > 0.02
    for triple in TRIPLES:
        assert min(without(name) for name in triple) > 0.01
    for gate, _ in GATES:
        assert without(gate) > 0.02


def test_the_gates_level_decides_which_pair_interacts(truth: PlantedTruth):
    gate, pairs = GATES[0]
    levels = truth.draw(np.random.default_rng(11), 4_000)

    def interaction(level: int, pair: tuple[str, str]) -> float:
        """Mean squared second difference of the logit in two fields, the gate held at one level."""
        held = levels | {gate: np.full(4_000, level, np.int32)}

        def at(first: int, second: int) -> np.ndarray:
            chosen = {pair[0]: np.full(4_000, first), pair[1]: np.full(4_000, second)}
            return truth.logit(held | {k: v.astype(np.int32) for k, v in chosen.items()})

        return float(np.mean((at(0, 0) - at(1, 0) - at(0, 1) + at(1, 1)) ** 2))

    others = {frozenset(names) for names in PAIRS} | {
        frozenset(names) for g, ps in GATES if g != gate for names in ps
    }
    for level in range(4):
        active = pairs[level % len(pairs)]
        for pair in pairs:
            if frozenset(pair) not in others and not any(set(pair) <= set(t) for t in TRIPLES):
                assert (interaction(level, pair) > 1e-9) == (pair == active)
