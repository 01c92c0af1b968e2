"""The scorer in this process: the gateway's one module that imports TensorFlow, lazily."""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from model.bundle import Bundle
from model.quiet import import_tensorflow
from service.low_priority import lower_priority
from service.scorers.embedded_version import Call, EmbeddedVersion

WARM_ROWS = (1, 10, 100, 1000)
"""Batch sizes that a new version is called with before it serves."""

SIDES: tuple[Literal["context", "candidate"], ...] = ("context", "candidate")


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
        self._loader = ThreadPoolExecutor(1, "load", initializer=lower_priority)
        self._workers = ThreadPoolExecutor(2, "score")

    async def start(self) -> None:
        """Import TensorFlow and set its threads."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._workers, _import, self._threads)

    async def open(self, bundle: Bundle) -> EmbeddedVersion:
        """Load a bundle's SavedModel and call it with batches of several sizes."""
        loop = asyncio.get_running_loop()
        width = bundle.table.width
        sides = tuple((len(bundle.spec.positions(side)), width) for side in SIDES)
        shapes = {"serving_default": {"embeddings": (bundle.table.fields, width)}}
        if "rank" in bundle.manifest.signatures:
            shapes["rank"] = {"context": sides[0], "candidates": sides[1]}
        calls = await loop.run_in_executor(self._loader, _load, bundle.path, shapes)
        return EmbeddedVersion(
            calls["serving_default"], calls.get("rank"), self._inline_rows, self._workers
        )

    async def close(self) -> None:
        """Stop the threads."""
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._workers.shutdown(wait=False, cancel_futures=True)


def _import(threads: int) -> None:
    # For products of hundreds of rows oneDNN's preparations take longer than what they save.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _load(path: Path, shapes: Mapping[str, Mapping[str, tuple[int, int]]]) -> dict[str, Call]:
    """Load a SavedModel and return its signatures as functions of arrays, warm.

    Args:
        path: of the bundle.
        shapes: per signature, each input's shape of one row, in the order of the function's
            arguments.
    """
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    calls = {name: _call(loaded, name, inputs) for name, inputs in shapes.items()}
    for name, call in calls.items():
        for rows in WARM_ROWS:
            call(
                *(
                    np.zeros((1 if given == "context" else rows, *shape), np.float32)
                    for given, shape in shapes[name].items()
                )
            )
    return calls


def _call(loaded: Any, name: str, inputs: Mapping[str, tuple[int, int]]) -> Call:
    """Make a function of arrays of a signature.

    It is called as an operation: the ways that TensorFlow offers for it (a signature, a concrete
    function) do the same and take a quarter of a millisecond longer.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    def outputs(*given: Any) -> Any:
        found = loaded.signatures[name](**dict(zip(inputs, given, strict=True)))
        return found["probability"], found["logit"]

    specs = [
        tf.TensorSpec((1 if given == "context" else None, *shape), tf.float32)
        for given, shape in inputs.items()
    ]
    concrete = tf.function(outputs, input_signature=specs).get_concrete_function()

    # Without variables to read there are half as many operations.
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)

    def call(*given: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        probability, logit = tf.raw_ops.PartitionedCall(
            args=[*map(tf.constant, given)], Tout=[tf.float32, tf.float32], f=frozen
        )
        return probability.numpy(), logit.numpy()

    return call
