"""The state of training, carried from one table's rows to another's."""

from typing import Any

import numpy as np

from model.errors import InvalidInputError
from training.train.learner import Arrays, Learner
from training.train.row_map import RowMap
from training.train.run_config import RunConfig

FREE = ("init_scale", "z_init")
"""Settings of an optimizer that say how rows start: those that are carried have started."""


def carry_state(
    learner: Learner, config: RunConfig, arrays: Arrays, before: RunConfig, rows: RowMap
) -> None:
    """Put a learner that is at its initial values into the state of another.

    Dense variables, their optimizer and the count of steps are the other's. So are a row and its
    optimizer's state where the other had its level; other rows keep their initial values. Averages
    of the same decay go on; others begin as if the weights had always been what they are. Where
    FTRL or G-FTRL has other step settings, ``z`` is chosen anew so that the weights stay.

    Args:
        learner: at its initial values.
        config: of its run.
        arrays: the other's state, ``Learner.arrays``; same network, same kinds of optimizers.
        before: of the other's run.
        rows: which rows go on.

    Raises:
        InvalidInputError: if the arrays are of other shapes.
    """
    start = learner.arrays()
    _check_shapes(start, arrays, rows)
    same_average = before.training.average_decay == config.training.average_decay
    table, old = start["table"], arrays["table"]
    state = old["state"][rows.old]
    if _other_steps(before.embedding_optimizer, config.embedding_optimizer):
        state = _adopted(learner, state)
    table["state"][rows.new] = state
    table["count"] = old["count"]
    if learner.average is not None and same_average:
        for name in ("average", "average_step"):
            table[name][rows.new] = old[name][rows.old]
    average = arrays["average"] if same_average else start["average"]
    learner.restore({**arrays, "table": table, "average": average})
    if _other_steps(before.dense_optimizer, config.dense_optimizer):
        learner.optimizer.adopt(learner.network.trainable_variables)
    if learner.average is not None and not same_average:
        learner.average.begin(int(table["count"]))


def _other_steps(before: Any, after: Any) -> bool:
    ours, theirs = (
        {key: value for key, value in table.items() if key not in FREE} for table in (after, before)
    )
    return ours != theirs


def _adopted(learner: Learner, state: np.ndarray) -> np.ndarray:
    parts = np.split(state, state.shape[1] // learner.table.width, axis=1)
    slots = learner.table.optimizer.adopt(parts[0], tuple(parts[1:]))
    return np.concatenate([parts[0], *slots], axis=1)


def _check_shapes(start: Arrays, arrays: Arrays, rows: RowMap) -> None:
    expected = {key: value.shape for key, value in start["dense"].items()}
    received = {key: value.shape for key, value in arrays["dense"].items()}
    keys = sorted(expected.keys() | received.keys())
    others = [key for key in keys if expected.get(key) != received.get(key)]
    if others:
        raise InvalidInputError(
            f"state: dense variables must have the network's shapes; {others[0]} must have "
            f"{expected.get(others[0])}; received {received.get(others[0])}"
        )
    shape = rows.old_rows, start["table"]["state"].shape[1]
    if arrays["table"]["state"].shape != shape:
        raise InvalidInputError(
            f"state: rows and their slots must have shape {shape}; "
            f"received {arrays['table']['state'].shape}"
        )
