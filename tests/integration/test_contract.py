"""The gateway that the image runs, held against its own OpenAPI document; docs/fuzzing.md."""

import os
from pathlib import Path

import httpx
import pytest

from tests.fuzz import contract
from tests.integration.deployed import surroundings

CASES = int(os.environ.get("DYNINT_FUZZ_CASES", "600"))


@pytest.mark.slow
@pytest.mark.timeout(60 + CASES)
def test_it_says_what_can_come_and_nothing_else_comes(module_releases: Path):
    with surroundings(module_releases) as around, around.gateway() as gateway:
        report = contract.run(gateway.url, CASES)
        print(report["output"])
        assert report["complete"]
        assert (report["failures"], report["errors"]) == ([], []), report["output"]
        assert report["exit_code"] == 0
        assert report["test_cases"]["generated"] >= CASES
        assert report["operations"]["tested"] == len(
            httpx.get(f"{gateway.url}/openapi.json").json()["paths"]
        )
        assert gateway.answers_with("5") == 0
        assert gateway.answers_with("200") > CASES / 10
        assert gateway.failures() == []
