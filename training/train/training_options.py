"""The ``[training]`` table of a run's configuration."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from model.errors import InvalidInputError

STOP_METRICS = ("auc", "log_loss")
"""What early stopping and the choice of the best state can look at, on the valid split."""


@dataclass(frozen=True)
class TrainingOptions:
    """How long to train, when to look, what to keep.

    Args:
        batch_size: rows per step; the loss of a step is the sum over them.
        epochs: passes over the train split, at most.
        eval_every_steps: steps between evaluations on the valid split; 0 means one at the end of
            each epoch. There is always one after the last step.
        checkpoint_every_steps: steps between checkpoints; 0 means none but those of evaluations
            that were the best so far. Resuming repeats the steps since the last one.
        patience: evaluations in a row without a better one after which training stops; 0 means
            never.
        plateau_factor: what the step sizes of both optimizers are multiplied by after each
            ``plateau_patience`` evaluations in a row without a better one; both must be ``adam``,
            whose steps can be scaled. 1 means never.
        plateau_patience: as above.
        stop_metric: what "better" means: the valid split's ``"auc"`` or its ``"log_loss"``.
        seed: of initial weights, of the order of rows and of what dropout drops.
        average_decay: what is evaluated and saved is the exponential average of the weights over
            the steps with this decay (0.99 spans about a hundred steps), and what the optimizer
            set to zero; 0 means the weights of the last step.
        shuffle_rows: rows that are shuffled together; it bounds the memory of the input (4 bytes
            per field and row).
        embedding_dropout: share of the elements of a batch's embeddings that a step sets to zero;
            the others are divided by the share that is kept. Each occurrence of a row is drawn for
            itself; evaluation and serving drop nothing.
        embedding_l2: ``lambda`` of the penalty that a step adds to its loss: ``lambda / 2`` times
            the squared norm of the embedding rows, once for each time that a row occurs in the
            batch, first-order weights included. The loss is a sum over instances: with the mean
            that others take, this is the mean penalty of an instance. Rows that are not in the
            batch are not penalised.
        table_l2: ``lambda`` of a penalty on the whole table: ``lambda / 2`` times the squared norm
            of all its rows, added to the mean loss of each step. Rows that are not in the batch
            shrink too, rare levels the most. A step then steps every row: for tables of up to some
            hundred thousand.
        dense_l2: ``lambda`` of a penalty on the network's matrices: ``lambda / 2`` times their
            squared norm, added to the mean loss of each step.

    Raises:
        InvalidInputError: for a value outside its rule.
    """

    batch_size: int = 4096
    epochs: int = 1
    eval_every_steps: int = 0
    checkpoint_every_steps: int = 1000
    patience: int = 2
    plateau_factor: float = 1.0
    plateau_patience: int = 1
    stop_metric: str = "auc"
    seed: int = 1
    average_decay: float = 0.0
    shuffle_rows: int = 1_000_000
    embedding_dropout: float = 0.0
    embedding_l2: float = 0.0
    table_l2: float = 0.0
    dense_l2: float = 0.0

    def __post_init__(self) -> None:
        """Check the rules."""
        for name in ("batch_size", "epochs", "shuffle_rows", "plateau_patience"):
            self._require(getattr(self, name) >= 1, name, "must be at least 1")
        for name in ("eval_every_steps", "checkpoint_every_steps", "patience", "seed"):
            self._require(getattr(self, name) >= 0, name, "must not be negative")
        for field in fields(self):
            value = getattr(self, field.name)
            self._require(
                not isinstance(value, int) or value < 2**31, field.name, "must be below 2^31"
            )
        for name in ("average_decay", "embedding_dropout"):
            self._require(0.0 <= getattr(self, name) < 1.0, name, "must be in [0, 1)")
        self._require(0.0 < self.plateau_factor <= 1.0, "plateau_factor", "must be in (0, 1]")
        for name in ("embedding_l2", "table_l2", "dense_l2"):
            self._require(
                0.0 <= getattr(self, name) < math.inf, name, "must be finite and not negative"
            )
        self._require(
            self.stop_metric in STOP_METRICS, "stop_metric", f"must be one of {STOP_METRICS}"
        )

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> Self:
        """Make options from a TOML table; what is absent has its default.

        Raises:
            InvalidInputError: for an unknown key, or a value of the wrong type or outside its rule.
        """
        known = {field.name: type(field.default) for field in fields(cls)}
        for key, value in table.items():
            if key not in known:
                raise InvalidInputError(f"{key}: must be one of {tuple(known)}; received {key!r}")
            if type(value) is not known[key]:
                kind = {str: "a string", float: "a number with a point"}.get(
                    known[key], "an integer"
                )
                raise InvalidInputError(f"{key}: must be {kind}; received {value!r}")
        return cls(**table)

    def better(self, metrics: Mapping[str, float], best: Mapping[str, float] | None) -> bool:
        """Whether valid metrics beat the best so far (an equal value does not)."""
        value = metrics[self.stop_metric]
        if best is None:
            return not math.isnan(value)
        rival = best[self.stop_metric]
        return value > rival if self.stop_metric == "auc" else value < rival

    def _require(self, fulfilled: bool, name: str, rule: str) -> None:
        if not fulfilled:
            raise InvalidInputError(f"{name}: {rule}; received {getattr(self, name)!r}")
