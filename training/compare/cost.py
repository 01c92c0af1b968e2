"""What a trained model costs: parameters, arithmetic, time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import tensorflow as tf

from model.console import progress
from model.folding import fold
from model.trained import TrainedModel
from training.compare.flops import flops_per_example

BATCH = 4096
TURNS = 7


@dataclass(frozen=True)
class Cost:
    """Of one model.

    Args:
        dense_parameters: numbers of the network.
        table_parameters: numbers of the embedding table.
        flops: floating-point operations of one example, forward, as it is trained.
        forward_ms: of a batch of ``BATCH`` in the folded graph.
    """

    dense_parameters: int
    table_parameters: int
    flops: int
    forward_ms: float


def measure_costs(folders: Mapping[str, Path]) -> dict[str, Cost]:
    """Measure trained models; their folded graphs take turns, so that all meet the same machine.

    Args:
        folders: of a run, by label.
    """
    calls: dict[str, Any] = {}
    known: dict[str, tuple[int, int, int]] = {}
    for label, folder in folders.items():
        trained = TrainedModel.load(folder / "model")
        network = trained.network
        known[label] = (
            sum(int(np.prod(variable.shape)) for variable in network.trainable_variables),
            int(np.prod(trained.table.shape)),
            flops_per_example(network, network.fields, network.row_width),
        )
        calls[label] = _forward(fold(network), network.fields, network.row_width)
    times = _in_turns(list(calls.values()))
    return {
        label: Cost(*known[label], round(1e3 * seconds, 3))
        for label, seconds in zip(calls, times, strict=True)
    }


def _forward(folded: Any, fields: int, width: int) -> Any:
    """Make a call without arguments that scores one batch, compiled and warm."""
    spec = tf.TensorSpec((None, fields, width), tf.float32)
    graph = tf.function(folded, autograph=False).get_concrete_function(spec)
    values = np.random.default_rng(0).normal(0, 0.1, (BATCH, fields, width)).astype(np.float32)
    batch = tf.constant(values)

    def call() -> None:
        graph(batch).numpy()

    call()
    return call


def _in_turns(calls: Sequence[Any]) -> list[float]:
    spent: list[list[float]] = [[] for _ in calls]
    with progress("forward time", TURNS, "turns") as advance:
        for turn in range(TURNS):
            for place, call in enumerate(calls):
                start = perf_counter()
                call()
                spent[place].append(perf_counter() - start)
            advance(turn + 1)
    return [median(each) for each in spent]
