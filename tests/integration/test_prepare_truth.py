"""The planted signal is there, a linear model misses much of it, and interactions find it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss, roc_auc_score

from tests.integration.prepared import read_card, read_split
from training.datasets.criteo import CRITEO
from training.datasets.synthetic.planted_truth import GATES, PAIRS
from training.prepare import Split, prepare_generated

ROWS = 120_000
CROSSED = 1 << 18


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("truth") / "out"
    prepare_generated(ROWS, out, seed=1, spec=CRITEO.spec(20), split=Split(seed=1))
    return out


def fit(columns: dict[str, list[np.ndarray]], width: int, labels: list[np.ndarray]) -> float:
    """Fit a logistic regression on one-hot columns of the training split; AUC on the test split."""

    def one_hot(chosen: list[np.ndarray]) -> Any:
        ids = np.stack(chosen, axis=1)
        pointers = np.arange(0, ids.size + 1, ids.shape[1])
        ones = np.ones(ids.size, np.float32)
        return sparse.csr_matrix((ones, ids.ravel(), pointers), (len(ids), width))

    model = SGDClassifier(
        loss="log_loss",
        alpha=1e-5,
        max_iter=5,
        tol=None,
        learning_rate="invscaling",
        eta0=0.05,
        power_t=0.25,
        random_state=1,
    )
    model.fit(one_hot(columns["train"]), labels[0])
    return float(roc_auc_score(labels[1], model.decision_function(one_hot(columns["test"]))))


def test_clicks_follow_the_planted_probability_in_every_decile(folder: Path):
    table = read_split(folder, "train")
    chance = table["bayes_probability"].to_numpy()
    label = table["label"].to_numpy()
    order = np.argsort(chance)
    for part in np.array_split(order, 10):
        deviation = np.sqrt(np.mean(chance[part] * (1 - chance[part])) / len(part))
        assert abs(label[part].mean() - chance[part].mean()) < 4 * deviation


def test_the_cards_bayes_figures_are_scikit_learns(folder: Path):
    for split, entry in read_card(folder)["splits"].items():
        table = read_split(folder, split)
        chance, label = table["bayes_probability"].to_numpy(), table["label"].to_numpy()
        assert entry["bayes_auc"] == pytest.approx(roc_auc_score(label, chance), abs=1e-5)
        assert entry["bayes_logloss"] == pytest.approx(log_loss(label, chance), abs=1e-9)


def test_first_order_leaves_a_gap_that_crossed_fields_partly_close(folder: Path):
    card = read_card(folder)
    tables = {split: read_split(folder, split) for split in ("train", "test")}
    labels = [table["label"].to_numpy() for table in tables.values()]
    names = [field["name"] for field in card["fields"]]
    first = {split: [table[name].to_numpy() for name in names] for split, table in tables.items()}
    linear = fit(first, card["table_rows"], labels)

    crosses = [*PAIRS, *((gate, *pair) for gate, pairs in GATES for pair in pairs)]
    crossed = {split: list(columns) for split, columns in first.items()}
    for split, table in tables.items():
        for place, fields in enumerate(crosses):
            mixed = np.full(len(table), place, np.uint64)
            for name in fields:
                mixed = (mixed + table[name].to_numpy().astype(np.uint64)) * np.uint64(
                    0x9E3779B97F4A7C15
                )
            bucket = (mixed >> np.uint64(46)).astype(np.int64)
            crossed[split].append(card["table_rows"] + bucket)
    full = fit(crossed, card["table_rows"] + CROSSED, labels)

    bayes = card["splits"]["test"]["bayes_auc"]
    assert 0.66 < linear < bayes - 0.06
    assert full > linear + 0.02
