"""Bytes that are nearly HTTP against the process that the image runs; docs/fuzzing.md."""

import asyncio
import os
from pathlib import Path

import httpx
import pytest

from tests.fuzz.http_noise import agree, make_noise, statuses_of
from tests.integration.deployed import surroundings
from tests.integration.processes import wait_until
from tests.integration.raw_http import ROW

SECONDS = float(os.environ.get("DYNINT_FUZZ_SECONDS", "15"))


@pytest.mark.slow
@pytest.mark.timeout(240 + 2 * SECONDS)
def test_it_brings_refusals_and_nothing_else(module_releases: Path):
    with surroundings(module_releases) as around, around.gateway() as gateway:
        before = gateway.open_files()
        noise = asyncio.run(make_noise(gateway.url, SECONDS, seed=1))
        print(noise.cases, dict(sorted(noise.statuses.items())))
        assert noise.findings == []
        assert {200, 400, 415, 422, 431} - {415} <= noise.statuses.keys()
        assert noise.cases > 100
        assert httpx.post(f"{gateway.url}/predict", content=ROW).status_code == 200
        assert gateway.answers_with("500") == 0
        assert gateway.failures() == []
        wait_until(lambda: gateway.open_files() <= before + 2, 30)


def test_what_is_no_http_is_noticed():
    for received in (
        b"hello\r\n\r\n",
        b"HTTP/1.1 500 x\r\ncontent-length: 1\r\ncontent-type: a\r\n\r\nx",
    ):
        with pytest.raises(ValueError, match="no "):
            statuses_of(received)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([200, 400], [200, 400], True),
        ([200], [200, 400], True),
        ([200, 415], [200, 400], True),
        ([200, 422], [200, 200], False),
        ([200, 400], [200, 200, 200], False),
    ],
)
def test_two_readings_of_the_same_bytes_are_told_from_one(
    one: list[int], other: list[int], same: bool
):
    assert agree(one, other) == agree(other, one) == same
