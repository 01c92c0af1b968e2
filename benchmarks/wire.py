"""``python -m benchmarks.wire releases/dynint/1 127.0.0.1:8500``: float32 and float16 on the wire.

Scores random rows of the bundle's shape in a running model server, by the gateway's own scorer, with
both dtypes in turn; and serialises them, by the fast way and as a message.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bundle import Bundle
from model.wire import HALF_ERROR, encode_predict, predict_bytes
from service.deadline import Deadline
from service.scorers.remote import RemoteScorer
from service.scorers.remote_signatures import Dtype

BATCHES = (1, 100, 1_000, 10_000)
Rows = NDArray[np.float32]
DTYPES: tuple[Dtype, ...] = ("float32", "float16")


async def measure(bundle: Bundle, target: str, seconds: float) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of a call, and what they come to, by batch."""
    scorers = {dtype: RemoteScorer((target,), bundle.name, dtype) for dtype in DTYPES}
    versions = {}
    for dtype, scorer in scorers.items():
        await scorer.start()
        versions[dtype] = await scorer.open(bundle)
    results = {}
    for batch in BATCHES:
        shape = (batch, bundle.table.fields, bundle.table.width)
        x0 = np.random.default_rng(batch).normal(0, 0.1, shape).astype(np.float32)
        times: dict[str, list[float]] = {dtype: [] for dtype in DTYPES}
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(times["float16"]) < 5:
            for dtype in DTYPES:
                start = time.perf_counter()
                await versions[dtype].score(x0, Deadline.after_ms(60_000))
                times[dtype].append((time.perf_counter() - start) * 1e3)
        medians = {dtype: float(np.median(times[dtype][1:])) for dtype in DTYPES}
        results[str(batch)] = {
            "float32_ms": round(medians["float32"], 3),
            "float16_ms": round(medians["float16"], 3),
            "ratio": round(medians["float16"] / medians["float32"], 3),
            "float32_mb": round(x0.nbytes / 1e6, 3),
            "cast_ms": round(_best_ms(_cast, x0), 4),
            "serialise_ms": round(_best_ms(_fast, x0), 4),
            "as_message_ms": round(_best_ms(_message, x0), 4),
            "one_copy_ms": round(_best_ms(np.ndarray.tobytes, x0), 4),
        }
    for scorer in scorers.values():
        await scorer.close()
    return results


def _best_ms(work: Callable[[Any], object], x0: Rows, repeats: int = 20) -> float:
    """Return the shortest time of some, in milliseconds: what the work itself takes."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work(x0)
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def _cast(x0: Rows) -> NDArray[np.float16]:
    return x0.astype(np.float16)


def _fast(x0: Rows) -> bytes:
    return predict_bytes("dynint", {"embeddings": x0}, version=1, outputs=("probability",))


def _message(x0: Rows) -> bytes:
    request = encode_predict("dynint", {"embeddings": x0}, version=1, outputs=("probability",))
    return request.SerializeToString()


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=float, default=5.0, help="per batch size")
    options = parser.parse_args()
    bundle = Bundle.open(options.bundle)
    results = asyncio.run(measure(bundle, options.target, options.seconds))
    error = bundle.manifest.certificate[HALF_ERROR]
    print(json.dumps({"batches": results, HALF_ERROR: error}, indent=1))


if __name__ == "__main__":
    main()
