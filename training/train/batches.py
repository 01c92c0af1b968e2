"""The batches of a whole run, from any step on."""

from collections.abc import Iterator

from training.train.batch import Batch
from training.train.epoch import Epoch
from training.train.split import Split
from training.train.training_options import TrainingOptions


def batches(split: Split, options: TrainingOptions, step: int = 0) -> Iterator[Batch]:
    """Yield the batches of all epochs that follow ``step`` steps.

    The same split and options always give the same batches, so a run that is resumed after ``step``
    steps sees exactly what it would have seen.
    """
    per_epoch = steps_per_epoch(split, options)
    first, start = divmod(step, per_epoch)
    for number in range(first, options.epochs):
        epoch = Epoch(split, options.batch_size, options.shuffle_rows, options.seed, number)
        for block in epoch.blocks(start):
            yield Batch.of(block.ids, block.labels)
        start = 0


def steps_per_epoch(split: Split, options: TrainingOptions) -> int:
    """Return the number of batches in an epoch; the last one may be short."""
    return -(-split.rows // options.batch_size)
