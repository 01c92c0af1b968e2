"""The training loop: steps, evaluations, checkpoints, early stopping."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from model.errors import CheckFailedError
from training.evaluate.metrics import auc, log_loss
from training.train.batches import batches, steps_per_epoch
from training.train.learner import Learner, not_finite
from training.train.prefetch import Prefetch
from training.train.regularizer import Regularizer
from training.train.run_folder import RunFolder
from training.train.scorer import Scorer
from training.train.split import Split
from training.train.train_state import TrainState
from training.train.train_step import Fed, TrainStep
from training.train.training_options import TrainingOptions

PREFETCHED = 8
"""Batches kept ready: half a second of work, while the next buffer is read."""

CURVE_POINTS = 200
"""Points of the training loss that are kept for the plot."""


class Loop:
    """Train until the last step or until patience ends.

    Args:
        learner: what is trained.
        train, valid: the splits.
        options: how long, when to look, what to keep.
        folder: where checkpoints and metrics go.
        state: where the run stands.
    """

    def __init__(
        self,
        learner: Learner,
        train: Split,
        valid: Split,
        options: TrainingOptions,
        folder: RunFolder,
        state: TrainState,
    ) -> None:
        self.learner = learner
        self.train = train
        self.valid = valid
        self.options = options
        self.folder = folder
        self.state = state
        self.per_epoch = steps_per_epoch(train, options)
        self.total = self.per_epoch * options.epochs
        self._step = TrainStep(
            learner.network,
            learner.table,
            learner.optimizer,
            learner.average,
            options.batch_size,
            Regularizer(
                options.embedding_dropout,
                options.embedding_l2,
                options.seed,
                options.table_l2,
                options.dense_l2,
            ),
        )
        self._scorer = Scorer(learner.network, learner.table)
        self._curve_every = max(1, self.total // CURVE_POINTS)
        self._note = ""
        learner.scale_rate(state.rate)

    def run(self, advance: Callable[..., None]) -> None:
        """Do the steps that are left.

        Args:
            advance: told the number of steps done in this call, and a note.

        Raises:
            CheckFailedError: if the loss, a weight or a logit is NaN or infinite.
        """
        state, first = self.state, self.state.step
        source = map(self._step.feed, batches(self.train, self.options, first))
        with Prefetch(source, PREFETCHED) as ready:
            mark = time.perf_counter()
            for batch in ready:
                self._train_on(batch)
                if state.step > first + 1:  # the first step of a process makes the graph
                    state.timed_seconds += time.perf_counter() - mark
                    state.timed_rows += batch.size
                if self._evaluation_due():
                    self._evaluate()
                elif self._checkpoint_due():
                    self._checkpoint()
                advance(state.step - first, self._progress_note())
                if state.done:
                    return
                mark = time.perf_counter()

    def _progress_note(self) -> str:
        speed = self.state.speed
        return f"{speed:,.0f} examples/s{self._note}" if speed else ""

    def _train_on(self, batch: Fed) -> None:
        entropy, loss = self._step(batch)
        if not math.isfinite(loss):
            raise self._diverged(f"the loss of step {self.state.step + 1} is {loss}")
        self.state.add(entropy, batch.size, self._curve_every)

    def _evaluation_due(self) -> bool:
        every = self.options.eval_every_steps or self.per_epoch
        return self.state.step % every == 0 or self.state.step == self.total

    def _checkpoint_due(self) -> bool:
        every = self.options.checkpoint_every_steps
        return every > 0 and self.state.step % every == 0

    def _evaluate(self) -> None:
        state = self.state
        with self.learner.averaged():
            labels, logits = self._scorer.logits(self.valid)
        if not np.isfinite(logits).all():
            raise self._diverged(f"after step {state.step} logits are NaN or infinite")
        metrics = {"auc": auc(labels, logits), "log_loss": log_loss(labels, logits)}
        better, rate = self.options.better(metrics, state.best), state.rate
        if better:
            state.best, state.worse = {"step": state.step, **metrics}, 0
        else:
            state.worse += 1
            if state.worse % self.options.plateau_patience == 0:
                state.rate *= self.options.plateau_factor
                self.learner.scale_rate(state.rate)
        patience = self.options.patience
        state.done = state.step == self.total or 0 < patience <= state.worse
        self.folder.metrics.append(self._entry(metrics, better, rate))
        self._note = f", valid AUC {metrics['auc']:.4f}, LogLoss {metrics['log_loss']:.4f}"
        if better or state.done or self._checkpoint_due():
            self._checkpoint()

    def _entry(self, metrics: dict[str, float], better: bool, rate: float) -> dict[str, Any]:
        return {
            "step": self.state.step,
            "epoch": round(self.state.step / self.per_epoch, 4),
            "train_log_loss": self.state.take_train_loss(),
            "valid_auc": metrics["auc"],
            "valid_log_loss": metrics["log_loss"],
            "best": better,
            "rate": rate,
            "train_seconds": round(self.state.timed_seconds, 3),
        }

    def _checkpoint(self) -> None:
        arrays = self.learner.arrays()
        broken = list(not_finite(arrays))
        if broken:
            raise self._diverged(f"after step {self.state.step} {broken[0]} is NaN or infinite")
        self.folder.checkpoints.save(arrays, self.state)

    def _diverged(self, what: str) -> CheckFailedError:
        steps = self.folder.checkpoints.steps()
        kept = (
            f"the checkpoint of step {steps[-1]} is kept" if steps else "there is no checkpoint yet"
        )
        return CheckFailedError(
            f"training: every loss, weight and logit must be finite; {what}. Training stopped, "
            f"{kept}. Try a smaller embedding_optimizer.alpha or dense_optimizer.alpha, in another "
            "--out; dynint train --no-resume starts anew"
        )
