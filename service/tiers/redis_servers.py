"""The servers that hold the keys: one, or the nodes of a Cluster."""

from collections.abc import Sequence
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from service.tiers.redis_node import RedisNode
from service.tiers.redis_reader import RedisReader

_log = structlog.get_logger()


class RedisServers(Protocol):
    """Knows which server a key is on."""

    @property
    def is_open(self) -> bool:
        """Tell whether every server is left alone."""
        ...

    async def start(self) -> None:
        """Connect, so that no request pays for it; a failure is logged."""
        ...

    def split(self, keys: Sequence[bytes]) -> list[tuple[RedisReader | None, Sequence[int]]]:
        """Group the places of keys by their server; ``None`` if nobody is known to have them."""
        ...

    def redirect(self, error: str) -> tuple[RedisReader, bool] | None:
        """Find who is to be asked in place of the one who gave this error, and whether ASKING."""
        ...

    async def usable(self) -> None:
        """Wait until some server is not left alone."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class SingleRedis:
    """One server with every key.

    Args:
        node: the server.
    """

    def __init__(self, node: RedisNode) -> None:
        self.node = node
        self._reader = RedisReader(node, each=False)

    @property
    def is_open(self) -> bool:
        """Tell whether it is left alone."""
        return self.node.breaker.is_open

    async def start(self) -> None:
        """Connect once."""
        try:
            await self.node.ask("PING")
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("redis_unreachable", server=self.node.name, error=type(error).__name__)

    def split(self, keys: Sequence[bytes]) -> list[tuple[RedisReader | None, Sequence[int]]]:
        """Leave them together."""
        return [(self._reader, range(len(keys)))]

    def redirect(self, error: str) -> tuple[RedisReader, bool] | None:
        """Nobody else is to be asked."""
        return None

    async def usable(self) -> None:
        """Wait while it is left alone."""
        await self.node.breaker.closed.wait()

    async def close(self) -> None:
        """Close every connection."""
        await self.node.close()
