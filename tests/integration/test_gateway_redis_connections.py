"""A row never pairs with another's key, whatever happens to the reads around it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.errors import CacheUnavailableError
from service.tiers.circuit_breaker import CircuitBreaker
from service.tiers.redis_cache import RedisCache
from service.tiers.redis_connections import RedisConnections
from service.tiers.write_back import WriteBack

CALLS = 2_000


class EchoServer:
    """Speaks enough of Redis' protocol to answer MGET with the keys themselves, now and then late.

    Attributes:
        connections: how many were made so far.
        open: how many are open.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.open = 0
        self._random = random.Random(1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Run; yields the URL."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while (head := await reader.readline()).startswith(b"*"):
                words = []
                for _ in range(int(head[1:])):
                    await reader.readline()
                    words.append((await reader.readline()).strip())
                if self._random.random() < 0.2:
                    await asyncio.sleep(self._random.random() * 0.03)
                if words[0] == b"PING":
                    writer.write(b"+PONG\r\n")
                else:
                    echo = b"".join(b"$%d\r\n%s\r\n" % (len(key), key) for key in words[1:])
                    reply = b"*%d\r\n%s" % (len(words) - 1, echo)
                    middle = self._random.randrange(len(reply))
                    writer.write(reply[:middle])
                    await asyncio.sleep(0)
                    writer.write(reply[middle:])
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()


def test_cancelled_and_late_reads_never_mix_rows():
    async def run() -> None:
        echo = EchoServer()
        errors: list[str] = []
        async with echo.running() as url:
            connections = RedisConnections(url, 8)
            breaker = CircuitBreaker(10**9)
            writer = WriteBack(connections, breaker, 0, 60, lambda *_: None, lambda _: None)
            cache = RedisCache(
                connections, 0.02, 1.0, breaker, 1.0, writer, lambda _, why: errors.append(why)
            )
            answered = cancelled = 0
            random_ = random.Random(2)

            async def read(call: int) -> bool:
                keys = [b"%d:%d" % (call, place) for place in range(random_.randrange(1, 40))]
                try:
                    values = await cache.read(keys)
                except CacheUnavailableError:
                    return False
                assert values == keys
                return True

            for start in range(0, CALLS, 16):
                tasks = [asyncio.create_task(read(start + place)) for place in range(16)]
                await asyncio.sleep(random_.random() * 0.01)
                for task in tasks[::3]:
                    task.cancel()
                for result in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(result, AssertionError):
                        raise result
                    answered += result is True
                    cancelled += isinstance(result, asyncio.CancelledError)
            assert answered > 100
            assert cancelled > 100
            assert set(errors) <= {"timeout"}
            await cache.close()
            async with asyncio.timeout(5):
                while echo.open:
                    await asyncio.sleep(0.01)

    asyncio.run(run())
