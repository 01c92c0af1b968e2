"""Everything that a training step changes."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self

import numpy as np
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import (
    DenseAverage,
    DenseOptimizer,
    SparseTable,
    build_dense_optimizer,
    build_row_optimizer,
)
from model.zoo import Network, build_network
from training.train.run_config import RunConfig

Arrays = dict[str, dict[str, np.ndarray]]
"""Arrays by part (one of ``PARTS``) and name."""

PARTS = ("dense", "optimizer", "table", "average")
CHECKED_ROWS = 1 << 16


class Learner:
    """A network, its table and the optimizers of both.

    Args:
        network: its dense variables are trained by ``optimizer``.
        table: embedding rows with their own optimizer.
        optimizer: of the dense variables.
        average: of the dense variables, batch normalisation's statistics among them, if what is
            evaluated and saved is their average.
    """

    def __init__(
        self,
        network: Network,
        table: SparseTable,
        optimizer: DenseOptimizer,
        average: DenseAverage | None = None,
    ) -> None:
        self.network = network
        self.table = table
        self.optimizer = optimizer
        self.average = average

    @classmethod
    def build(cls, config: RunConfig, fields: int, rows: int) -> Self:
        """Make one at its initial values, which the seed decides.

        The first ``fields`` rows, those of out-of-vocabulary levels, start at zero: one that never
        occurs in training stays zero.

        Raises:
            InvalidInputError: if the configuration is refused by what it configures, or network and
                table do not fit into memory.
        """
        try:
            return cls._built(config, fields, rows)
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            text = str(error).partition("\n")[0].partition(" on /job")[0].rpartition("}} ")[2]
            raise InvalidInputError(
                f"config: the network and its table of {rows:,} rows must fit into memory; {text}"
            ) from error

    @classmethod
    def _built(cls, config: RunConfig, fields: int, rows: int) -> Self:
        model = dict(config.model)
        network = build_network(model.pop("name"), fields, model, seed=config.training.seed)
        optimizer = dict(config.embedding_optimizer)
        scale = optimizer.pop("init_scale")
        row_optimizer = build_row_optimizer(optimizer)
        seed = config.training.seed
        decay = config.training.average_decay
        table = SparseTable(rows, network.row_width, row_optimizer, seed, scale, decay)
        if scale > 0:
            start = table.state()
            start["state"][:fields] = 0.0
            table.restore(start)
        average = DenseAverage(_averaged(network), decay) if decay else None
        return cls(network, table, build_dense_optimizer(config.dense_optimizer), average)

    def averaged(self) -> AbstractContextManager[None]:
        """Have the network's variables at their averages, if averages are kept, for a while."""
        return nullcontext() if self.average is None else self.average.applied()

    def scale_rate(self, scale: float) -> None:
        """Multiply the step sizes that the configuration gives."""
        self.table.optimizer.scale_rate(scale)
        self.optimizer.scale_rate(scale)

    def arrays(self) -> Arrays:
        """Return copies of everything that the next step depends on."""
        return {
            "dense": {
                key: np.asarray(value).copy() for key, value in self.network.named_variables.items()
            },
            "optimizer": dict(self.optimizer.state()),
            "table": dict(self.table.state()),
            "average": {} if self.average is None else self.average.state(),
        }

    def restore(self, arrays: Mapping[str, Mapping[str, Any]]) -> None:
        """Put back what ``arrays`` returned."""
        for key, variable in self.network.named_variables.items():
            variable.assign(arrays["dense"][key])
        self.optimizer.restore(arrays["optimizer"])
        self.table.restore(arrays["table"])
        if self.average is not None:
            self.average.restore(arrays["average"])


def _averaged(network: Network) -> list[Any]:
    """List what a state that is evaluated is an average of: weights, and what normalises by them."""
    return [variable for variable in network.variables if variable.dtype.startswith("float")]


def not_finite(arrays: Arrays) -> Iterator[str]:
    """Name the arrays that hold NaN or infinity."""
    for part, named in arrays.items():
        for name, array in named.items():
            flat = array.reshape(-1)
            step = CHECKED_ROWS * 16
            chunks = (flat[start : start + step] for start in range(0, flat.size, step))
            if not all(np.isfinite(chunk).all() for chunk in chunks):
                yield f"{part}/{name}"
