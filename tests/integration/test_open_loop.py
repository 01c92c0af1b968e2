"""The load generator sees what a server does to requests it was not ready for."""

import asyncio
import time

import numpy as np

from benchmarks.serving.http_client import request
from benchmarks.serving.open_loop import Outcome, run_open_loop
from tests.integration.answering import answering

PERIOD_S, STALL_S = 1.0, 0.3


async def measure(rate: float, seconds: float, connections: int, stalls: bool) -> list[Outcome]:
    begin = time.perf_counter()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 2\r\n" in head
        await reader.readexactly(2)
        phase = (time.perf_counter() - begin) % PERIOD_S
        if stalls and phase < STALL_S:
            await asyncio.sleep(STALL_S - phase)  # everybody waits until the stall's end
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with answering(answer) as port:
        return await run_open_loop(
            port, [request("/x", b"{}")], rate, seconds, connections, keep=True
        )


def test_stalls_are_seen_by_every_request_that_came_meanwhile():
    outcomes = asyncio.run(measure(200, 4, 4, stalls=True))
    assert len(outcomes) == 800
    assert {(outcome.status, outcome.body) for outcome in outcomes} == {(200, b"ok")}
    latencies = np.array([outcome.latency_s for outcome in outcomes])
    # A request that comes in a stall of 0.3 s waits for its end, 0.15 s in the mean, whether or not
    # one of the four connections was free for it.
    stalled = latencies[latencies > 0.03]
    assert abs(len(stalled) / len(latencies) - 0.27) < 0.06
    assert abs(stalled.mean() - 0.165) < 0.04
    assert 0.25 < np.quantile(latencies, 0.995) < 0.4


def test_a_server_that_does_not_stall_is_not_blamed():
    outcomes = asyncio.run(measure(200, 1, 4, stalls=False))
    latencies = np.array([outcome.latency_s for outcome in outcomes])
    assert len(latencies) == 200
    assert np.median(latencies) < 0.02
    starts = sorted(outcome.start_s for outcome in outcomes)
    np.testing.assert_allclose(np.diff(starts), 1 / 200, atol=1e-6)
