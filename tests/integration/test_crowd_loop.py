"""The closed loop of many connections keeps each of them busy, and counts what it is told."""

import asyncio
from collections.abc import Callable

import pytest

from benchmarks.serving.crowd_loop import run_crowd
from benchmarks.serving.http_client import request
from tests.integration.answering import answering

CONNECTIONS = 5
WAIT_S = 0.05


async def measure(status: Callable[[int], bytes]) -> tuple[list[float], float, int, int]:
    """Run the loop beside a server that takes a while; returns also requests and connections."""
    asked, connections = 0, set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        connections.add(writer)
        await reader.readuntil(b"\r\n\r\n{}")
        asked += 1
        await asyncio.sleep(WAIT_S)
        writer.write(b"HTTP/1.1 " + status(asked) + b"\r\nContent-Length: 6\r\n\r\nabc")
        await asyncio.sleep(0)
        writer.write(b"def")

    async with answering(answer) as port:
        latencies, rate = await asyncio.to_thread(
            run_crowd, port, [request("/x", b"{}")], CONNECTIONS, 0.5
        )
    return latencies, rate, asked, len(connections)


def test_every_connection_always_has_one_request_under_way():
    latencies, rate, asked, connections = asyncio.run(measure(lambda _: b"200 OK"))
    assert (len(latencies), connections) == (asked, CONNECTIONS)
    assert min(latencies) >= 1e3 * WAIT_S * 0.9
    # Little's law: as many are under way as there are connections.
    under_way = rate * sum(latencies) / len(latencies) / 1e3
    assert under_way == pytest.approx(CONNECTIONS, rel=0.2)


def test_an_answer_that_is_no_score_ends_it():
    with pytest.raises(RuntimeError, match="must be 200; received 503"):
        asyncio.run(measure(lambda asked: b"503 No" if asked >= 7 else b"200 OK"))
