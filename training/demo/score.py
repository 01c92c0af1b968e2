"""Score over HTTP, as a caller would, and hold the scores against the trained model's."""

import json
import math
import statistics
import time
from pathlib import Path
from typing import Any

import httpx

from model.errors import CheckFailedError

TOLERANCE = 1e-6
"""Allowed |probability served - probability trained|."""

REQUESTS = 300
WARM_UP = 50


def score_golden(url: str, golden: Path) -> dict[str, Any]:
    """POST the bundle's golden rows; each probability must be the trained network's own.

    Args:
        url: of a ready gateway.
        golden: ``golden.json`` of the live bundle: raw instances and the float64 logits of the unfolded network.

    Returns:
        ``rows``, ``largest_difference``, and of the first three rows the ``probabilities``; a ``request`` to try.

    Raises:
        CheckFailedError: if the gateway refuses, or a probability differs by more than 1e-6.
    """
    content = json.loads(golden.read_bytes())
    answer = _post(url, content["instances"])
    trained = [1.0 / (1.0 + math.exp(-logit)) for logit in content["logits"]]
    differences = [
        abs(served - own) for served, own in zip(answer["probabilities"], trained, strict=True)
    ]
    if not max(differences) <= TOLERANCE:
        raise CheckFailedError(
            f"POST /predict: must give the trained model's probability within {TOLERANCE:g}; "
            f"received a difference of {max(differences):.3g}"
        )
    return {
        "rows": len(trained),
        "largest_difference": max(differences),
        "probabilities": answer["probabilities"][:3],
        "version": answer["version"],
        "request": {"instances": content["instances"][:1]},
    }


def score_often(url: str, golden: Path, batch: int) -> dict[str, Any]:
    """Measure requests of ``batch`` rows on one connection, from send to answer, in milliseconds."""
    instances = json.loads(golden.read_bytes())["instances"]
    rows = [instances[index % len(instances)] for index in range(batch)]
    body = json.dumps({"instances": rows}).encode()
    headers = {"content-type": "application/json"}
    times = []
    with httpx.Client(base_url=url) as client:
        for _ in range(WARM_UP + REQUESTS):
            start = time.perf_counter()
            client.post("/predict", content=body, headers=headers).raise_for_status()
            times.append((time.perf_counter() - start) * 1e3)
    counted = sorted(times[WARM_UP:])
    return {
        "rows": batch,
        "requests": REQUESTS,
        "p50_ms": round(statistics.median(counted), 2),
        "p99_ms": round(counted[math.ceil(0.99 * REQUESTS) - 1], 2),
    }


def _post(url: str, instances: list[dict[str, Any]]) -> dict[str, Any]:
    response = httpx.post(f"{url}/predict", json={"instances": instances}, timeout=10.0)
    if response.status_code != httpx.codes.OK:
        raise CheckFailedError(f"POST /predict: must answer 200; received {response.text}")
    answer: dict[str, Any] = response.json()
    return answer
