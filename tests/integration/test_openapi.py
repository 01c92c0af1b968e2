"""What GET /openapi.json says of this gateway; docs/fuzzing.md has who holds it to that."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[LocalGateway]:
    settings = Settings(release_root=module_releases, model_name="sums")
    with local_gateway(settings, SumScorer()) as running:
        yield running


def test_openapi_describes_predict_and_its_problems(gateway: LocalGateway):
    document = gateway.client.get("/openapi.json").json()
    assert {"/predict", "/v1/predict", "/livez", "/readyz", "/healthz", "/v1/models"} <= set(
        document["paths"]
    )
    predict = document["paths"]["/predict"]["post"]
    assert predict["responses"].keys() == {
        *("200", "400", "401", "403", "408", "413", "415", "422", "429", "431", "500", "503", "504")
    }
    assert "application/problem+json" in predict["responses"]["422"]["content"]
    text = json.dumps(document)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in document["components"]["schemas"]


def test_openapi_has_the_fields_of_the_live_release_and_every_status(gateway: LocalGateway):
    document = gateway.client.get("/openapi.json").json()
    (model,) = gateway.client.get("/v1/models").json()["models"]
    schemas = document["components"]["schemas"]
    kinds = {"categorical": "Categorical", "numeric": "Numeric"}
    for name, sides in (
        ("Row", {"context", "candidate"}),
        ("Context", {"context"}),
        ("Candidate", {"candidate"}),
    ):
        assert schemas[name]["properties"] == {
            field["name"]: {"$ref": f"#/components/schemas/{kinds[field['kind']]}"}
            for field in model["fields"]
            if field["side"] in sides
        }
        assert schemas[name]["additionalProperties"] is False
    for path, operations in document["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            assert {"200", "400", "408", "431", "500", "503"} <= responses.keys(), path
            for status, response in responses.items():
                assert "X-Request-ID" in response["headers"]
                assert ("Retry-After" in response["headers"]) == (status in {"429", "503"})
