"""The three forms of a request give the same scores, embedded and through a model server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from model.features import FeatureSpec
from tests.integration.processes import GatewayProcess, ModelServer, read_reference


@pytest.fixture(scope="module", params=["embedded", "remote"])
def url(request: pytest.FixtureRequest, module_releases: Path) -> Iterator[str]:
    if request.param == "embedded":
        with GatewayProcess(module_releases) as gateway:
            yield gateway.url
        return
    with (
        ModelServer(module_releases) as server,
        GatewayProcess(module_releases, scorer=f"grpc://{server.target}") as gateway,
    ):
        yield gateway.url


def post(url: str, body: object) -> httpx.Response:
    return httpx.post(f"{url}/predict", json=body, timeout=30)


def scores(url: str, body: object) -> Any:
    answer = post(url, body)
    assert answer.status_code == 200, answer.text
    return np.array(answer.json()["probabilities"])


def sides(root: Path, rows: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Take the first row's context, and every row's candidate fields."""
    spec = FeatureSpec.load(root / "dynint" / "1" / "feature_spec.json")
    context = {spec.names[place] for place in spec.positions("context")}
    return (
        {name: value for name, value in rows[0].items() if name in context},
        [{name: row[name] for name in row if name not in context} for row in rows],
    )


def test_a_ranking_request_scores_as_the_merged_instances(url: str, module_releases: Path):
    rows, _ = read_reference(module_releases)
    context, candidates = sides(module_releases, rows)
    merged = [{**context, **candidate} for candidate in candidates]
    for _ in range(2):  # from the table, then from L1
        ranked = scores(url, {"context": context, "candidates": candidates})
        alone = scores(url, {"instances": merged})
        np.testing.assert_allclose(ranked, alone, rtol=0, atol=1e-6)
    one = scores(url, {"context": context, "candidates": candidates[:1]})
    np.testing.assert_allclose(one, alone[:1], rtol=0, atol=1e-6)


def test_columns_score_as_their_rows_and_as_trained(url: str, module_releases: Path):
    rows, probabilities = read_reference(module_releases)
    names = {name for row in rows for name in row}
    columns = {name: [row.get(name) for row in rows] for name in names}
    np.testing.assert_allclose(
        scores(url, {"columns": columns}), probabilities["dynint"]["1"], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("wrong", ["context", "candidate"])
def test_a_field_on_the_wrong_side_is_named(url: str, module_releases: Path, wrong: str):
    rows, _ = read_reference(module_releases)
    spec = FeatureSpec.load(module_releases / "dynint" / "1" / "feature_spec.json")
    name = spec.names[spec.positions("candidate" if wrong == "context" else "context")[0]]
    context, candidates = sides(module_releases, rows[:3])
    (context if wrong == "context" else candidates[1])[name] = None
    answer = post(url, {"context": context, "candidates": candidates})
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    place = f"#/context/{name}" if wrong == "context" else f"#/candidates/1/{name}"
    assert error["field"] == name
    assert error["pointer"] == place
    assert "belongs to the" in json.dumps(error)
