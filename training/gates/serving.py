"""Gates on the candidate as it would be served: the same score by every way, and in time."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from model.bundle import Bundle
from model.bundle.gates_file import GateResult
from model.errors import CheckFailedError
from model.export.saved_model import load_model, score
from model.export.served_model import SERVING
from model.features import Encoder
from model.trained import TrainedModel
from training.evaluate.metrics import probabilities
from training.gates.stack import Stack
from training.gates.thresholds import GateThresholds

Floats = npt.NDArray[np.float64]
Instance = dict[str, Any]

WARMING = 20
"""Requests before the measured ones."""

_BATCH = 100
_TIMEOUT_S = 30.0


def serving_gates(
    root: Path,
    bundle: Path,
    trained: TrainedModel,
    sample: Sequence[Instance],
    limits: GateThresholds,
) -> list[GateResult]:
    """Run the candidate behind a real model server and real gateways, and ask them.

    Args:
        root: the staging root, whose ``current.json`` names the candidate.
        bundle: the candidate's folder in it.
        trained: the trained model.
        sample: raw rows, as requests carry them.
        limits: what it must keep to.
    """
    rows = list(sample[: limits.parity_rows])
    if not rows:
        return [GateResult("parity", False, {"rows": 0}, {}, "there are no raw rows to score")]
    ways = {"SavedModel": _saved_model(bundle, rows)}
    expected = probabilities(_trainer(trained, rows))
    try:
        with Stack(root, bundle.parent.name) as stack, httpx.Client(timeout=_TIMEOUT_S) as client:
            for name, url in stack.urls.items():
                ways[f"gateway, {name}"] = _gateway(client, url, rows)
            latencies = {
                name: _latencies(client, url, rows, limits) for name, url in stack.urls.items()
            }
    except (CheckFailedError, httpx.HTTPError) as error:
        return [GateResult("parity", False, {}, {}, f"the candidate cannot be served: {error}")]
    return [_parity(expected, ways, limits), _latency(latencies, limits)]


def _trainer(trained: TrainedModel, rows: list[Instance]) -> npt.NDArray[np.float32]:
    fingerprints = Encoder(trained.spec).fingerprint_rows(rows)
    return trained.logits(trained.vocabulary.rows_of(fingerprints))


def _saved_model(path: Path, rows: list[Instance]) -> Floats:
    bundle = Bundle.open(path)
    fingerprints = Encoder(bundle.spec).fingerprint_rows(rows)
    places = np.broadcast_to(np.arange(fingerprints.shape[1]), fingerprints.shape).ravel()
    found, _ = bundle.table.lookup(fingerprints.ravel(), places)
    embeddings = found.reshape(*fingerprints.shape, -1)
    return probabilities(score(load_model(path)[SERVING], "embeddings", embeddings))


def _ask(client: httpx.Client, url: str, rows: list[Instance]) -> list[float]:
    answer = client.post(f"{url}/predict", json={"instances": rows})
    if answer.status_code != httpx.codes.OK:
        raise CheckFailedError(f"a gateway answered {answer.status_code}: {answer.text[:500]}")
    return list(answer.json()["probabilities"])


def _gateway(client: httpx.Client, url: str, rows: list[Instance]) -> Floats:
    found: list[float] = []
    for start in range(0, len(rows), _BATCH):
        found += _ask(client, url, rows[start : start + _BATCH])
    return np.array(found)


def _parity(expected: Floats, ways: dict[str, Floats], limits: GateThresholds) -> GateResult:
    worst = {name: float(np.abs(found - expected).max()) for name, found in ways.items()}
    off = [name for name, gap in worst.items() if not gap <= limits.max_parity]
    reason = (
        f"{off[0]} differs from the trained model by {worst[off[0]]:.2g}; "
        f"{limits.max_parity:g} is allowed"
        if off
        else ""
    )
    measured = {"rows": len(expected), "max_difference": worst}
    return GateResult("parity", not off, measured, {"max": limits.max_parity}, reason)


def _latencies(
    client: httpx.Client, url: str, rows: list[Instance], limits: GateThresholds
) -> Floats:
    """Time requests, one after the other, in milliseconds."""
    found = []
    for number in range(WARMING + limits.latency_requests):
        picked = [rows[(number + place) % len(rows)] for place in range(limits.latency_rows)]
        begin = time.perf_counter()
        _ask(client, url, picked)
        found.append((time.perf_counter() - begin) * 1e3)
    return np.array(found[WARMING:])


def _latency(latencies: dict[str, Floats], limits: GateThresholds) -> GateResult:
    measured = {
        name: {
            key: round(float(np.quantile(found, q)), 3) for key, q in (("p50", 0.5), ("p99", 0.99))
        }
        for name, found in latencies.items()
    }
    worst = max(measured, key=lambda name: measured[name]["p99"])
    passed = measured[worst]["p99"] <= limits.latency_p99_ms
    reason = (
        f"with the scorer '{worst}', {limits.latency_rows} rows take {measured[worst]['p99']:.1f} ms "
        f"at the 99th percentile; {limits.latency_p99_ms:g} ms are allowed"
    )
    threshold = {"p99_ms": limits.latency_p99_ms, "rows": limits.latency_rows}
    return GateResult("latency", passed, measured, threshold, "" if passed else reason)
