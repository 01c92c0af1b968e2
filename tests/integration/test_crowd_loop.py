"""The closed loop of many connections keeps each of them busy, and counts what it is told."""

import asyncio
from collections.abc import Callable

import pytest

from benchmarks.serving.crowd_loop import run_crowd
from benchmarks.serving.http_client import request

CONNECTIONS = 5
WAIT_S = 0.05


async def measure(status: Callable[[int], bytes]) -> tuple[list[float], float, int, int]:
    """Run the loop beside a server that takes a while; returns also requests and connections."""
    asked = connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked, connections
        connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n{}")
                asked += 1
                await asyncio.sleep(WAIT_S)
                writer.write(b"HTTP/1.1 " + status(asked) + b"\r\nContent-Length: 6\r\n\r\nabc")
                await asyncio.sleep(0)
                writer.write(b"def")
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        latencies, rate = await asyncio.to_thread(
            run_crowd, port, [request("/x", b"{}")], CONNECTIONS, 0.5
        )
        await asyncio.sleep(0.05)  # the server sees the connections' ends
    return latencies, rate, asked, connections


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
