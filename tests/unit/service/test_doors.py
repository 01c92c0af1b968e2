import asyncio
import socket
from time import sleep

import uvloop

from service.server import doors, listen

CONNECTIONS = 32


class _Noting(asyncio.Protocol):
    def __init__(self, made: list[int], turns: list[int]) -> None:
        self._made, self._turns = made, turns

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._made.append(len(self._turns))


def accepted(listeners: list[socket.socket]) -> list[int]:
    """Return in which turn of a busy event loop each of the connections was accepted."""
    made: list[int] = []
    turns: list[int] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(lambda: _Noting(made, turns), sock=listener)
            for listener in listeners
        ]
        address = listeners[0].getsockname()
        clients = [socket.create_connection(address) for _ in range(CONNECTIONS)]

        def work() -> None:
            turns.append(0)
            sleep(0.001)
            if len(made) < CONNECTIONS:
                loop.call_soon(work)

        work()
        while len(made) < CONNECTIONS:
            await asyncio.sleep(0.001)
        for each in (*clients, *servers):
            each.close()

    uvloop.run(asyncio.wait_for(serve(), 60))
    return made


def test_connections_that_come_together_are_accepted_in_a_few_turns_of_the_event_loop():
    one_by_one = accepted([listen("127.0.0.1", 0)])
    together = accepted(doors(listen("127.0.0.1", 0)))
    assert one_by_one[-1] - one_by_one[0] >= CONNECTIONS - 1
    assert together[-1] - together[0] <= 4
