"""Two worlds for tests of a warm start: the same fields, with levels that vanish and appear."""

import numpy as np

from model.features import Encoder, FeatureSpec, Field, Vocabulary
from tests.model.zoo.small import FIELDS, small_config
from training.train.batch import Batch
from training.train.learner import Learner
from training.train.row_map import RowMap
from training.train.run_config import RunConfig
from training.train.train_step import TrainStep

SPEC = FeatureSpec(
    tuple(
        Field(f"C{place}", "categorical", ("candidate", "context")[place % 2])
        for place in range(FIELDS)
    )
)
BEFORE = [f"t{level}" for level in range(9)]
AFTER = [f"t{level}" for level in range(3, 14)]
BOTH = [*BEFORE[3:], "in no vocabulary"]


def vocabulary(tokens):
    marks = Encoder(SPEC).fingerprint_columns(dict.fromkeys(SPEC.names, tokens))
    counts = np.ones(len(tokens), np.int64)
    return Vocabulary.from_counts(
        SPEC, [(marks[:, place].copy(), counts) for place in range(FIELDS)]
    )


def rows_of(tokens, size, seed):
    """Fingerprints ``(size, FIELDS)`` of random rows, and labels."""
    random = np.random.default_rng(seed)
    columns = {name: random.choice(tokens, size).tolist() for name in SPEC.names}
    labels = (random.random(size) < 0.4).astype(np.float32)
    return Encoder(SPEC).fingerprint_columns(columns), labels


def config_of(name, document=None):
    document = document or {}
    training = {"average_decay": 0.9, **document.get("training", {})}
    model = {"name": name, **small_config(name), **document.get("model", {})}
    return RunConfig.parse({**document, "model": model, "training": training})


class World:
    """A learner with its vocabulary.

    Args:
        config: of the run.
        tokens: that are levels of every field.
    """

    def __init__(self, config, tokens):
        self.config = config
        self.vocabulary = vocabulary(tokens)
        self.learner = Learner.build(config, FIELDS, self.vocabulary.n_rows)
        self._step = None

    def step(self, tokens, seed, size=24):
        """Train on a batch of random rows; gives its entropy and loss."""
        if self._step is None:
            learner = self.learner
            self._step = TrainStep(
                learner.network, learner.table, learner.optimizer, learner.average, size
            )
        marks, labels = rows_of(tokens, size, seed)
        return self._step(self._step.feed(Batch.of(self.vocabulary.rows_of(marks), labels)))

    def scores(self, tokens, seed=99, size=40):
        """Logits as they would be served."""
        ids = self.vocabulary.rows_of(rows_of(tokens, size, seed)[0])
        learner = self.learner
        rows = learner.table.average(ids.ravel())
        embeddings = np.asarray(rows).reshape(*ids.shape, learner.table.width)
        with learner.averaged():
            return np.asarray(learner.network(embeddings, training=False))

    def rows_to(self, other):
        return RowMap.between(self.vocabulary, other.vocabulary)
