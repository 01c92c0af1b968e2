"""TensorFlow as training wants it: one core to an operation, several operations at a time."""

import os
import sys

from model.quiet import import_tensorflow

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"

FEW_SHARDS = 4
"""Where there are more cores than shards of an ordinary batch, several share an operation."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def start_tensorflow() -> None:
    """Import TensorFlow and set its threads; where it is at work already, nothing changes.

    A batch is differentiated in shards that do not wait for each other (``TrainStep``). Cores that
    share an operation instead wait for the slowest of them at the end of each, and the thread that
    prepares batches makes one slow. The products are oneDNN's, which TensorFlow uses of itself only
    on processors with AVX-512. An environment that says otherwise is followed.
    """
    said = ONEDNN in os.environ
    os.environ.setdefault(ONEDNN, "1")
    try:
        import_tensorflow()
        import tensorflow as tf

        try:
            tf.config.threading.set_intra_op_parallelism_threads(-(-cores() // FEW_SHARDS))
            tf.config.threading.set_inter_op_parallelism_threads(cores())
        except RuntimeError:  # it is at work
            return
    finally:
        if not said:
            del os.environ[ONEDNN]  # read by now; programs started later decide for themselves
