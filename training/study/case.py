"""What is trained with each seed."""

from dataclasses import dataclass
from typing import Any

from training.study.sweep import Sweep
from training.train.run_config import RunConfig


@dataclass(frozen=True)
class Case:
    """A model at one value of what varies.

    Args:
        label: of the case, unique in its study.
        model: the model's label.
        sweep: what varies; ``None`` if nothing does.
        value: of the sweep.
        config: with that value; its seed is put in for each run.
    """

    label: str
    model: str
    sweep: Sweep | None
    value: Any
    config: RunConfig
