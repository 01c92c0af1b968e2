"""Where a run stands."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass
class TrainState:
    """What a checkpoint holds beside the arrays; a run that continues from it is the same run.

    Args:
        step: steps done.
        best: step, ``auc`` and ``log_loss`` of the best evaluation so far.
        worse: evaluations since then.
        rate: what the optimizers' step sizes are multiplied by.
        entropy: cross-entropy summed over the rows since the last evaluation.
        rows: number of these rows.
        curve: mean cross-entropy of training, as ``[step, value]`` pairs.
        curve_entropy, curve_rows: what is summed up for the next pair.
        timed_seconds, timed_rows: spent on, and trained on, in steps and in waiting for their
            batches, but for the first step of each process of the run.
        done: whether training has ended (and only the last files may be missing).
    """

    step: int = 0
    best: dict[str, Any] | None = None
    worse: int = 0
    rate: float = 1.0
    entropy: float = 0.0
    rows: int = 0
    curve: list[list[float]] = field(default_factory=list)
    curve_entropy: float = 0.0
    curve_rows: int = 0
    timed_seconds: float = 0.0
    timed_rows: int = 0
    done: bool = False

    def add(self, entropy: float, rows: int, curve_every: int) -> None:
        """Count one step."""
        self.step += 1
        self.entropy += entropy
        self.rows += rows
        self.curve_entropy += entropy
        self.curve_rows += rows
        if self.step % curve_every == 0:
            self.curve.append([self.step, self.curve_entropy / self.curve_rows])
            self.curve_entropy, self.curve_rows = 0.0, 0

    @property
    def speed(self) -> float:
        """Examples per second of training."""
        return self.timed_rows / self.timed_seconds if self.timed_rows else 0.0

    def take_train_loss(self) -> float:
        """Return the mean cross-entropy since the last evaluation, and start again."""
        mean = self.entropy / self.rows
        self.entropy, self.rows = 0.0, 0
        return mean

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what ``to_json`` returned."""
        return cls(**value)
