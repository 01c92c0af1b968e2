"""The scorer in this process: the gateway's one module that imports TensorFlow, lazily."""

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from model.bundle import GATE_SIGNATURE, Bundle
from model.quiet import import_tensorflow
from service.scorers.batcher import Batcher, Call
from service.scorers.embedded_version import EmbeddedVersion

WARM_ROWS = (1, 10, 100, 1000)
"""Batch sizes that a new version is called with before it serves."""

SIDES: tuple[Literal["context", "candidate"], ...] = ("context", "candidate")

SCORES = ("probability", "logit")

FEW_ROWS = 512
"""Up to so many rows the model has nothing to cut into chunks."""

_LOADER_NICENESS = 10


class EmbeddedScorer:
    """Loads SavedModels into this process.

    Args:
        threads: threads of one matrix product.
        inline_rows: requests of at most so many rows are scored on the event loop, larger ones in a
            thread.
        make_batcher: makes the batcher of a version; ``None`` scores each request by itself.
    """

    name = "embedded"

    def __init__(
        self,
        threads: int,
        inline_rows: int,
        make_batcher: Callable[[Call], Batcher] | None = None,
    ) -> None:
        self._threads = threads
        self._inline_rows = inline_rows
        self._make_batcher = make_batcher
        self._loader = ThreadPoolExecutor(1, "load", initializer=_lower_priority)
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
        if bundle.manifest.gated_layers:
            shapes[GATE_SIGNATURE] = shapes["serving_default"]
        calls = await loop.run_in_executor(self._loader, _load, bundle.path, shapes)
        call = calls["serving_default"]
        return EmbeddedVersion(
            call,
            calls.get("rank"),
            self._inline_rows,
            self._workers,
            self._make_batcher(call) if self._make_batcher is not None else None,
            calls.get(GATE_SIGNATURE),
        )

    async def close(self) -> None:
        """Stop the threads."""
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._workers.shutdown(wait=False, cancel_futures=True)


def _lower_priority() -> None:
    """Let the loading thread give way to the serving ones, where threads have priorities."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOADER_NICENESS)


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
    calls = {
        name: _call(
            loaded.signatures[name], inputs, ("saturation",) if name == GATE_SIGNATURE else SCORES
        )
        for name, inputs in shapes.items()
    }
    if hasattr(loaded, "predict_few"):  # not in bundles of older versions
        few = _call(loaded.predict_few, shapes["serving_default"])
        calls["serving_default"] = _by_rows(few, calls["serving_default"])
    for name, call in calls.items():
        for rows in WARM_ROWS:
            call(
                *(
                    np.zeros((1 if given == "context" else rows, *shape), np.float32)
                    for given, shape in shapes[name].items()
                )
            )
    return calls


def _by_rows(few: Call, many: Call) -> Call:
    return lambda x0: few(x0) if len(x0) <= FEW_ROWS else many(x0)


def _call(
    function: Any, inputs: Mapping[str, tuple[int, int]], names: tuple[str, ...] = SCORES
) -> Call:
    """Make a function of arrays of a loaded one, such as a signature; it gives the outputs named.

    It is called as an operation: the ways that TensorFlow offers for it (a signature, a concrete
    function) do the same and take a quarter of a millisecond longer.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    def outputs(*given: Any) -> Any:
        found = function(**dict(zip(inputs, given, strict=True)))
        return tuple(found[each] for each in names)

    specs = [
        tf.TensorSpec((1 if given == "context" else None, *shape), tf.float32)
        for given, shape in inputs.items()
    ]
    concrete = tf.function(outputs, input_signature=specs).get_concrete_function()

    # Without variables to read there are half as many operations.
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)

    def call(*given: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        # Arrays as they are: tf.constant would copy them first, in case they change later.
        found = tf.raw_ops.PartitionedCall(args=[*given], Tout=[tf.float32] * len(names), f=frozen)
        return tuple(each.numpy() for each in found)

    return call
