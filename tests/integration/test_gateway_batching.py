"""Small requests of many connections are scored in fewer calls, each with its own rows' scores."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.integration.processes import GatewayProcess, read_reference

CONNECTIONS = 32
REQUESTS = 20


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[GatewayProcess]:
    with GatewayProcess(module_releases, queue_target_ms=30_000, request_timeout_ms=60_000) as run:
        yield run


def calls(gateway: GatewayProcess) -> tuple[int, int]:
    """Read how many calls there were, and for how many small requests."""
    text = httpx.get(f"{gateway.url}/metrics").text
    count, total = (
        float(re.search(rf"^dynint_scorer_batch_requests_{part} (\S+)$", text, re.M)[1])  # type: ignore[index]
        for part in ("count", "sum")
    )
    return int(count), int(total)


async def ask(
    url: str, rows: list[dict[str, object]], sizes: list[int]
) -> list[tuple[int, int, httpx.Response]]:
    """Ask on many connections at once; returns each answer with its first row and its size."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    answers: list[tuple[int, int, httpx.Response]] = []
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=90) as client:

        async def work(place: int) -> None:
            for turn in range(REQUESTS):
                size = sizes[(place + turn) % len(sizes)]
                start = (place * 7 + turn * 3) % (len(rows) - size)
                body = {"instances": rows[start : start + size]}
                answers.append((start, size, await client.post("/predict", json=body)))

        await asyncio.gather(*(work(place) for place in range(CONNECTIONS)))
    return answers


@pytest.mark.parametrize("sizes", [[1], [1, 10, 3, 70]], ids=["1", "many"])
def test_every_request_gets_exactly_its_own_rows_scores_in_fewer_calls(
    gateway: GatewayProcess, module_releases: Path, sizes: list[int]
):
    rows, probabilities = read_reference(module_releases)
    expected = np.array(probabilities["dynint"]["1"])
    before = calls(gateway)
    answers = asyncio.run(ask(gateway.url, rows, sizes))
    for start, size, answer in answers:
        assert answer.status_code == 200, answer.text
        np.testing.assert_allclose(
            answer.json()["probabilities"], expected[start : start + size], rtol=0, atol=1e-6
        )
        stages = dict(re.findall(r"(\w+);dur=([\d.]+)", answer.headers["server-timing"]))
        total = float(stages.pop("total"))
        assert sum(map(float, stages.values())) == pytest.approx(total, abs=0.01)
    called, scored = np.subtract(calls(gateway), before)
    assert scored == sum(size <= 64 for _, size, _ in answers)
    assert called < scored


def test_one_connection_is_scored_a_request_at_a_time(
    gateway: GatewayProcess, module_releases: Path
):
    rows, _ = read_reference(module_releases)
    before = calls(gateway)
    with httpx.Client(base_url=gateway.url) as client:
        for row in rows[:20]:
            assert client.post("/predict", json={"instances": [row]}).status_code == 200
    assert np.subtract(calls(gateway), before).tolist() == [20, 20]


def test_batching_can_be_turned_off(module_releases: Path):
    rows, probabilities = read_reference(module_releases)
    with GatewayProcess(module_releases, batch_delay_ms=0, queue_target_ms=30_000) as gateway:
        answers = asyncio.run(ask(gateway.url, rows, [1]))
        for start, _, answer in answers:
            expected = probabilities["dynint"]["1"][start]
            assert answer.json()["probabilities"] == pytest.approx([expected], abs=1e-6)
        assert calls(gateway) == (0, 0)
