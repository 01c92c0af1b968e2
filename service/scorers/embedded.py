"""The scorer in this process: the gateway's one module that imports TensorFlow, lazily."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bundle import Bundle
from model.quiet import import_tensorflow
from service.scorers.embedded_version import Call, EmbeddedVersion

WARM_ROWS = (1, 10, 100, 1000)
"""Batch sizes that a new version is called with before it serves."""

_LOADER_NICENESS = 10


class EmbeddedScorer:
    """Loads SavedModels into this process.

    Args:
        threads: threads of one matrix product.
        inline_rows: requests of at most so many rows are scored on the event loop, larger ones in a
            thread.
    """

    name = "embedded"

    def __init__(self, threads: int, inline_rows: int) -> None:
        self._threads = threads
        self._inline_rows = inline_rows
        self._loader = ThreadPoolExecutor(1, "load", initializer=_lower_priority)
        self._workers = ThreadPoolExecutor(2, "score")

    async def start(self) -> None:
        """Import TensorFlow and set its threads."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._workers, _import, self._threads)

    async def open(self, bundle: Bundle) -> EmbeddedVersion:
        """Load a bundle's SavedModel and call it with batches of several sizes."""
        loop = asyncio.get_running_loop()
        shape = (bundle.table.fields, bundle.table.width)
        call = await loop.run_in_executor(self._loader, _load, bundle.path, shape)
        return EmbeddedVersion(call, self._inline_rows, self._workers)

    async def close(self) -> None:
        """Stop the threads."""
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._workers.shutdown(wait=False, cancel_futures=True)


def _lower_priority() -> None:
    """Let the loading thread give way to the serving ones, where threads have priorities."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOADER_NICENESS)


def _import(threads: int) -> None:
    import_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _load(path: Path, shape: tuple[int, int]) -> Call:
    """Load a SavedModel and return its ``serving_default`` as a function of arrays, warm."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    x0_spec = tf.TensorSpec((None, *shape), tf.float32)

    @tf.function(input_signature=[x0_spec])
    def score(x0: Any) -> Any:
        outputs = loaded.signatures["serving_default"](embeddings=x0)  # keeps the variables alive
        return outputs["probability"], outputs["logit"]

    # A concrete function called by position: a signature's own call costs a tenth of a millisecond more.
    concrete = score.get_concrete_function()

    def call(x0: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        probability, logit = concrete(tf.constant(x0))
        return probability.numpy(), logit.numpy()

    for rows in WARM_ROWS:
        call(np.zeros((rows, *shape), np.float32))
    return call
