"""Gates on live traffic: measured after the answers, by both scorers."""

import re
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np

from model.bundle import Bundle
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import (
    GatewayProcess,
    ModelServer,
    local_gateway,
    read_reference,
    wait_until,
)


def saturation(url: str) -> dict[str, dict[str, float]]:
    """Read the metric: layer to count and sum."""
    text = httpx.get(f"{url}/metrics").text
    pattern = r'^dynint_gate_saturation_(count|sum)\{layer="(\w+)",model_version="1"\} (\S+)$'
    found: dict[str, dict[str, float]] = {}
    for kind, layer, value in re.findall(pattern, text, re.MULTILINE):
        found.setdefault(layer, {})[kind] = float(value)
    return found


def check_measured(url: str, root: Path) -> None:
    rows, probabilities = read_reference(root)
    answer = httpx.post(f"{url}/predict", json={"instances": rows[:50]}, timeout=30).json()
    np.testing.assert_allclose(
        answer["probabilities"], probabilities["dynint"]["1"][:50], atol=1e-6
    )
    wait_until(lambda: saturation(url).get("3", {}).get("count") == 50)
    one = saturation(url)
    assert one.keys() == {"1", "2", "3"}
    assert all(0.0 <= each["sum"] / each["count"] < 0.2 for each in one.values())
    ranking = {"context": {}, "candidates": [{"I1": row} for row in range(10)]}
    assert httpx.post(f"{url}/predict", json=ranking, timeout=30).status_code == 200
    wait_until(lambda: saturation(url)["3"]["count"] == 60)


def test_the_embedded_scorer_measures_them(module_releases: Path):
    with GatewayProcess(module_releases, gate_sample=1) as gateway:
        check_measured(gateway.url, module_releases)


def test_the_remote_scorer_measures_them(module_releases: Path):
    with (
        ModelServer(module_releases) as server,
        GatewayProcess(module_releases, gate_sample=1, scorer=f"grpc://{server.target}") as gateway,
    ):
        check_measured(gateway.url, module_releases)


def test_a_model_without_gates_has_no_such_metric(module_releases: Path):
    settings = Settings(release_root=module_releases, model_name="sums", gate_sample=1.0)
    with local_gateway(settings, SumScorer()) as gateway:
        gateway.predict([{}])
        assert "dynint_gate_saturation_count" not in gateway.client.get("/metrics").text


def test_a_bundle_of_before_there_was_a_signature_for_gates_is_served(releases: Path):
    path = releases / "dynint" / "1"
    manifest = Bundle.open(path).manifest
    assert manifest.gated_layers == ("1", "2", "3")
    older = tuple(name for name in manifest.signatures if name != "gates")
    (path / "manifest.json").unlink()
    replace(manifest, signatures=older, gates=()).write(path)
    rows, probabilities = read_reference(releases)
    with GatewayProcess(releases, gate_sample=1) as gateway:
        answer = httpx.post(f"{gateway.url}/predict", json={"instances": rows}, timeout=30).json()
        np.testing.assert_allclose(answer["probabilities"], probabilities["dynint"]["1"], atol=1e-6)
        assert not saturation(gateway.url)
