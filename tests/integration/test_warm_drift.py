"""On a log whose truth drifts, a warm start on one new day beats what it could be replaced by."""

from pathlib import Path

import pytest

from model.features import FeatureSpec, Vocabulary
from training.datasets.criteo import CRITEO
from training.datasets.synthetic import generate_days
from training.evaluate.evaluate_run import evaluate
from training.prepare import Split, prepare
from training.prepare.carried import Carried
from training.train.run_config import RunConfig
from training.train.train_run import train

ROWS = 30_000
DRIFT = 0.05
SPLIT = Split(90, 5, 5)
CONFIG = {
    "model": {"name": "xdeepint", "dim": 8, "subspaces": 4, "layers": 2},
    "embedding_optimizer": {"name": "group_ftrl", "alpha": 0.05},
    "training": {"batch_size": 512, "epochs": 1},
}


def loss_on(run: Path, log: Path, folder: Path) -> float:
    """Distance of a run's LogLoss to the best possible one on a later day's log."""
    prepare(
        [log],
        folder,
        spec=FeatureSpec.load(run / "model" / "feature_spec.json"),
        vocabulary=Vocabulary.load(run / "model" / "vocabulary.npz"),
    )
    return evaluate(run, folder, "test", folder / "evaluation", 200)["bayes"]["log_loss_gap"]


@pytest.mark.slow
def test_a_warm_start_on_a_new_day_beats_a_cold_one_and_the_stale_model(tmp_path: Path):
    config = RunConfig.parse(CONFIG)
    logs = generate_days(tmp_path / "logs", 5, ROWS, drift=DRIFT)
    spec = CRITEO.spec(5)
    prepare(logs[:3], tmp_path / "before", spec=spec, split=SPLIT)
    stale = tmp_path / "stale"
    train(config, tmp_path / "before", stale)

    card = prepare([logs[3]], tmp_path / "new", carried=Carried.open(stale), split=SPLIT)
    run = train(config, tmp_path / "new", tmp_path / "warm", warm_start=stale)
    counts = run["warm_start"]["rows"]
    assert counts["carried"] == card["carried"]["carried"] + 39
    assert counts["new"] == card["carried"]["new"] > 100
    assert counts["dropped"] == card["carried"]["aged_out"] > 100
    prepare([logs[3]], tmp_path / "alone", spec=spec, split=SPLIT)
    train(config, tmp_path / "alone", tmp_path / "cold")

    gaps = {
        name: loss_on(tmp_path / name, logs[4], tmp_path / f"on-{name}")
        for name in ("warm", "stale", "cold")
    }
    assert 0 < gaps["warm"] < gaps["stale"] - 0.004
    assert gaps["warm"] < gaps["cold"] - 0.004
