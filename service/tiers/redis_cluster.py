"""Redis Cluster: which node has which slot, found out from the nodes themselves."""

import asyncio
from binascii import crc_hqx
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Any

import structlog
from redis.crc import REDIS_CLUSTER_HASH_SLOTS as SLOTS
from redis.exceptions import RedisError

from service.tiers.redis_address import RedisAddress
from service.tiers.redis_node import RedisNode
from service.tiers.redis_reader import RedisReader

_log = structlog.get_logger()
_PAUSE_S = 0.2
_Place = tuple[str, int]


class RedisCluster:
    """Splits keys by slot; learns the slots at the start, and again when a node says MOVED or fails.

    Learning takes place in the background, one attempt at a time and at a limited rate. A slot
    without a node, or of a node that is left alone, is a miss.

    Args:
        seeds: nodes to learn the slots from at first.
        make_node: makes a node with connections and a breaker of its own.
    """

    def __init__(
        self, seeds: Sequence[RedisAddress], make_node: Callable[[RedisAddress], RedisNode]
    ) -> None:
        self._seeds = list(seeds)
        self._make_node = make_node
        self._readers: dict[_Place, RedisReader] = {}
        self._slots: list[RedisReader | None] = [None] * SLOTS
        self._learning: asyncio.Task[None] | None = None
        self._next_look_s = 0.0
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        """Tell whether every node is left alone."""
        readers = self._readers.values()
        return bool(readers) and all(reader.node.breaker.is_open for reader in readers)

    async def start(self) -> None:
        """Learn the slots."""
        self._look()
        if self._learning is not None:
            await self._learning
        if not any(self._slots):
            _log.warning("redis_unreachable", server=self._seeds[0].name, error="no slots")

    def split(self, keys: Sequence[bytes]) -> list[tuple[RedisReader | None, Sequence[int]]]:
        """Group the places of keys by their node.

        Args:
            keys: without braces, which would make a part of a key decide its slot.
        """
        slots = self._slots
        places: dict[RedisReader | None, list[int]] = {}
        for place, key in enumerate(keys):
            reader = slots[crc_hqx(key, 0) % SLOTS]
            places.setdefault(reader, []).append(place)
        if None in places:
            self._look()
        return list(places.items())

    def redirect(self, error: str) -> tuple[RedisReader, bool] | None:
        """Read ``MOVED 3999 host:port`` and ``ASK 3999 host:port``; other errors lead nowhere."""
        kind, *rest = error.split()
        if kind not in {"MOVED", "ASK"} or len(rest) != 2:
            return None
        host, _, port = rest[1].rpartition(":")
        if not host or not port.isdigit():
            return None
        if kind == "MOVED":
            self._look()
        return self._reader(host.strip("[]"), int(port)), kind == "ASK"

    async def usable(self) -> None:
        """Return at once: rows of a node that is left alone are dropped, the others need not wait."""

    async def close(self) -> None:
        """Stop learning and close every connection."""
        tasks = [*self._leaving, *([self._learning] if self._learning else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for reader in self._readers.values():
            await reader.node.close()

    def _reader(self, host: str, port: int) -> RedisReader:
        reader = self._readers.get((host, port))
        if reader is None:
            node = self._make_node(self._seeds[0].at(host, port))
            node.on_failure.append(self._look)
            reader = self._readers[host, port] = RedisReader(node, each=True)
        return reader

    def _look(self) -> None:
        """Learn the slots again, unless that is being done or was done just now."""
        now = monotonic()
        if now >= self._next_look_s and (self._learning is None or self._learning.done()):
            self._next_look_s = now + _PAUSE_S
            self._learning = asyncio.create_task(self._learn())

    async def _learn(self) -> None:
        """Ask one node after the other, those that answer first, until one knows the slots."""
        for node in self._candidates():
            try:
                replies = await node.ask("CLUSTER", "SLOTS")
                owners = list(
                    _owners(replies[0] if replies else None, node.connections.address.host)
                )
            except (RedisError, OSError, TimeoutError, ValueError) as error:
                _log.debug("redis_slots_unknown", server=node.name, error=type(error).__name__)
                continue
            if owners:
                self._adopt(owners)
                return

    def _candidates(self) -> Iterator[RedisNode]:
        known = [reader.node for reader in self._readers.values()]
        yield from sorted(known, key=lambda node: node.breaker.is_open)
        for seed in self._seeds:
            if (seed.host, seed.port) not in self._readers:
                yield self._reader(seed.host, seed.port).node

    def _adopt(self, owners: Sequence[tuple[int, int, _Place]]) -> None:
        slots: list[RedisReader | None] = [None] * SLOTS
        for first, last, place in owners:
            slots[first : last + 1] = [self._reader(*place)] * (last + 1 - first)
        self._slots = slots
        for place in self._readers.keys() - {place for _, _, place in owners}:
            task = asyncio.create_task(self._leave(self._readers.pop(place)))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _leave(self, reader: RedisReader) -> None:
        """Close a node without slots after the reads that are under way."""
        reader.node.connections.retire()
        await asyncio.sleep(1.0)
        await reader.node.close()


def _owners(reply: Any, asked: str) -> Iterator[tuple[int, int, _Place]]:
    """Read the reply to CLUSTER SLOTS: first and last slot, and where their master is.

    Raises:
        ValueError: if it is not of that form.
    """
    try:
        for first, last, master, *_ in reply:
            if not 0 <= int(first) <= int(last) < SLOTS:
                raise ValueError(f"slots: must be from 0 to {SLOTS - 1}; received {first}-{last}")
            host = master[0].decode() if master[0] else ""
            yield int(first), int(last), (host if host not in {"", "?"} else asked, int(master[1]))
    except (TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"CLUSTER SLOTS: must be a list of ranges; received {error}") from error
