"""The order in which one epoch reads a split."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.train.block import Block
from training.train.split import RowGroup, Split


@dataclass(frozen=True)
class Epoch:
    """One shuffled pass over a split, that can be entered at any batch.

    The row groups are put in an order drawn from (seed, epoch) and gathered into buffers of up to
    ``shuffle_rows`` rows (or of one group, if that is larger). The rows of each buffer are shuffled
    by a generator of its own, so that a resumed run reads no buffer that it does not need. Batches
    run on across the buffers' borders; only the last one of the epoch may be short.

    Args:
        split: what is read.
        batch_size: rows per batch.
        shuffle_rows: rows that are shuffled together.
        seed: of the run.
        number: of the epoch, from 0.
    """

    split: Split
    batch_size: int
    shuffle_rows: int
    seed: int
    number: int

    def buffers(self) -> list[list[RowGroup]]:
        """Return the row groups of each buffer, in this epoch's order."""
        groups = self.split.groups
        buffers: list[list[RowGroup]] = []
        filled = 0
        for index in self._random(0).permutation(len(groups)):
            group = groups[index]
            if not buffers or filled + group.rows > self.shuffle_rows:
                buffers.append([])
                filled = 0
            buffers[-1].append(group)
            filled += group.rows
        return buffers

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """Yield the epoch's batches, from batch ``start`` on.

        The same arguments give the same rows in the same order, always.
        """
        skip = start * self.batch_size
        rest: Block | None = None
        for number, groups in enumerate(self.buffers()):
            rows = sum(group.rows for group in groups)
            if skip >= rows:
                skip -= rows
                continue
            order = self._random(number + 1).permutation(rows)[skip:]
            skip = 0
            buffer = self.split.read(groups)
            end = self.batch_size - (len(rest) if rest else 0)
            start = 0
            while start < len(order):
                batch = _take(buffer, order[start:end])
                if rest is not None:
                    batch, rest = _join(rest, batch), None
                if len(batch) == self.batch_size:
                    yield batch
                else:
                    rest = batch
                start, end = end, end + self.batch_size
            del buffer  # before the next one is read
        if rest is not None:
            yield rest

    def _random(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.number, stream])


def _take(block: Block, order: npt.NDArray[np.int64]) -> Block:
    return Block(block.ids[order], block.labels[order])


def _join(first: Block, second: Block) -> Block:
    return Block(
        np.concatenate([first.ids, second.ids]), np.concatenate([first.labels, second.labels])
    )
