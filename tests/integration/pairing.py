"""Reads that are cancelled, late and cut off, against a real redis-server: does a row ever go astray?

``python -m tests.integration.pairing redis://localhost:6379 --cancelled 1000000`` runs it at length;
the server is flushed. The checksum of the rows takes no part: values are compared as they came.
"""

import argparse
import asyncio
import json
import random
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import redis.asyncio as redis

from model.bundle import PRESENT
from service.tiers.circuit_breaker import CircuitBreaker
from service.tiers.redis_address import parse_address
from service.tiers.redis_cache import RedisCache
from service.tiers.redis_connections import RedisConnections
from service.tiers.redis_node import RedisNode
from service.tiers.redis_servers import SingleRedis
from service.tiers.row_codec import RowCodec
from service.tiers.write_back import WriteBack

LEVELS = 2_000
AT_ONCE = 32


@dataclass
class Tally:
    """What became of the reads.

    Attributes:
        cancelled: reads that were cancelled while they waited.
        cancelled_in_flight: of these, those with a reply on its way.
        whole: reads that were told of every row.
        partial: reads that were told of some rows or none.
        rows: rows that were compared.
        wrong: rows that were not those of their key.
        connections: connections that were made.
    """

    cancelled: int = 0
    cancelled_in_flight: int = 0
    whole: int = 0
    partial: int = 0
    rows: int = 0
    wrong: int = 0
    connections: int = 0


async def prove(url: str, cancelled: int, seed: int = 0) -> Tally:
    """Read until so many reads were cancelled, and compare every row that comes.

    Now and then the server pauses longer than the budget, and cuts all connections.
    """
    tally, chance = Tally(), random.Random(seed)
    codec = RowCodec("ab" * 32, 4)
    marks = np.random.default_rng(seed).integers(0, 2**63, LEVELS).astype(np.uint64)
    rows = np.random.default_rng(seed).normal(size=(LEVELS, 4)).astype(np.float32)
    values = codec.encode(marks, rows, np.full(LEVELS, PRESENT, np.uint8))
    (address,), _ = parse_address(url)
    connections = RedisConnections(address, 4, 1.0, pause_s=0.01)
    servers = SingleRedis(RedisNode(connections, CircuitBreaker(10**9), 1.0, 1.0))
    writer = WriteBack(servers, 0, 60, lambda *_: None, lambda _: None)
    cache = RedisCache(servers, 0.01, 10**6, writer, lambda *_: None, lambda _: None)

    async def read(places: list[int]) -> None:
        reading = await cache.read(codec, marks[places])
        told = reading.answered.nonzero()[0].tolist()
        tally.rows += len(told)
        tally.wrong += sum(reading.values[place] != values[places[place]] for place in told)
        tally.whole += len(told) == len(places)
        tally.partial += len(told) < len(places)

    async with redis.from_url(url) as client:
        await client.flushall()
        await client.mset(dict(zip(codec.keys(marks), values, strict=True)))
        before = (await client.info("stats"))["total_connections_received"]
        await cache.start()
        spoil = [
            partial(client.execute_command, "CLIENT", "PAUSE", 15, "ALL"),
            partial(client.execute_command, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
        ]
        turn = 0
        while tally.cancelled < cancelled:
            turn += 1
            if turn % 200 == 0:
                await chance.choice(spoil)()
            tasks = [
                asyncio.create_task(read(chance.sample(range(LEVELS), chance.randrange(1, 40))))
                for _ in range(AT_ONCE)
            ]
            for _ in range(chance.randrange(1, 4)):
                await asyncio.sleep(0)  # the reads are under way, and a few replies are there
            under_way = sum(channel.outstanding for channel in connections.channels)
            hit = [task for task in tasks if chance.random() < 0.8 and task.cancel()]
            done = await asyncio.gather(*tasks, return_exceptions=True)
            gone = sum(isinstance(each, asyncio.CancelledError) for each in done)
            tally.cancelled += gone
            tally.cancelled_in_flight += min(gone, under_way, len(hit))
            for each in done:
                if isinstance(each, Exception):
                    raise each
        tally.connections = (await client.info("stats"))["total_connections_received"] - before
    await cache.close()
    return tally


def main() -> None:
    """Run it and print the tally as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--cancelled", type=int, default=1_000_000)
    options = parser.parse_args()
    tally = asyncio.run(prove(options.url, options.cancelled))
    print(json.dumps(asdict(tally)))


if __name__ == "__main__":
    main()
