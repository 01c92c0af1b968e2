"""The scorer in this process; it and what loads for it are all of the gateway that imports TensorFlow."""

import asyncio
import os
from collections.abc import Callable
from typing import Literal

from model.bundle import GATE_SIGNATURE, Bundle
from model.quiet import import_tensorflow
from service.background import background_thread
from service.scorers.batcher import Batcher, Call
from service.scorers.embedded_version import EmbeddedVersion
from service.scorers.frozen_call import load_calls
from service.scorers.scoring_threads import ScoringThreads

SIDES: tuple[Literal["context", "candidate"], ...] = ("context", "candidate")


class EmbeddedScorer:
    """Loads SavedModels into this process.

    Args:
        product_threads: threads of one matrix product.
        threads: where it scores what is worth a hop.
        make_batcher: makes the batcher of a version; ``None`` scores each request by itself.
    """

    name = "embedded"

    def __init__(
        self,
        product_threads: int,
        threads: ScoringThreads,
        make_batcher: Callable[[Call], Batcher] | None = None,
    ) -> None:
        self._product_threads = product_threads
        self._threads = threads
        self._make_batcher = make_batcher
        self._loader = background_thread("load")
        self._aside = threads.aside()
        self._serving = False

    async def start(self) -> None:
        """Import TensorFlow and set its threads."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(
            self._threads.executor, _import, self._product_threads, self._threads.count + 2
        )

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
        calls = await loop.run_in_executor(
            self._loader, load_calls, bundle.path, shapes, self._serving
        )
        self._serving = True
        call = calls["serving_default"]
        return EmbeddedVersion(
            call,
            calls.get("rank"),
            self._threads,
            self._make_batcher(call) if self._make_batcher is not None else None,
            calls.get(GATE_SIGNATURE),
            self._aside,
        )

    async def close(self) -> None:
        """Stop the threads."""
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._threads.close()
        self._aside.close()


def _import(threads: int, callers: int) -> None:
    # For products of hundreds of rows oneDNN's preparations take longer than what they save.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    # Calls of different threads queue for these: with one, the event loop would wait for the others.
    tf.config.threading.set_inter_op_parallelism_threads(callers)
