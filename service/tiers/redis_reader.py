"""Reads keys from one server within a budget; a key on its way is asked for once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from hiredis import ReplyError
from redis.exceptions import RedisError

from service.errors import CacheUnavailableError
from service.tiers.redis_channel import RedisChannel, Replies
from service.tiers.redis_flight import RedisFlight
from service.tiers.redis_node import RedisNode

BATCH = 512
"""Keys of one command: packing or reading so many takes some tenths of a millisecond."""

_WINDOW = 4
_MOST_OUTSTANDING = 16
_SENDING = 0.5
_LOOKS = 4

UNTOLD: Any = object()
"""In place of a value: the server did not say."""


@dataclass(slots=True)
class NodeReading:
    """What one server said.

    Attributes:
        values: in the order of the keys: bytes, ``None``, ``ReplyError`` or ``UNTOLD``.
        failure: why values were not told although they were asked for; empty if none was.
        failed: how many those are.
        skipped: keys that were not asked for, as the time was up.
    """

    values: list[Any]
    failure: str = ""
    failed: int = 0
    skipped: int = 0


@dataclass(slots=True)
class _Share:
    """The places of a reading that a flight fills in; the keys too, if they are not all of its."""

    flight: RedisFlight
    places: list[int]
    keys: list[bytes] = field(default_factory=list)


class RedisReader:
    """Asks in batches, several under way, until the budget ends; what has come by then is used.

    Time in which the event loop was busy with something else, so that nobody could hear Redis, is
    added to the budget, up to the budget itself.

    Nothing is sent in the budget's second half, so a server that keeps up has answered all that
    was sent: an answer that is partial for the lack of time on our side is no failure of its. It
    fails if nothing at all comes from it within the budget; that alone, and a connection that is
    refused or lost, is held against it.

    Concurrent reads of one key share a flight, which can be joined until the read that began it has
    ended: a row never changes, so it does not matter how long ago it came. A flight belongs to no
    request: each waits within a budget of its own, and a cancelled one takes nothing from the others.

    Args:
        node: the server.
        each: ask for each key by itself, as a Cluster demands.
    """

    def __init__(self, node: RedisNode, each: bool) -> None:
        self.node = node
        self._each = each
        self._flying: dict[bytes, RedisFlight] = {}

    async def read(
        self, keys: Sequence[bytes], until_s: float, asking: bool = False
    ) -> NodeReading:
        """Read the values of keys, each given once.

        Args:
            keys: at least one.
            until_s: reading of ``time.monotonic`` at which the budget ends, in seconds.
            asking: the keys' slots are on their way to this node.
        """
        reading = NodeReading([UNTOLD] * len(keys))
        try:
            channel = await self.node.channel(until_s - monotonic())
        except CacheUnavailableError as error:
            reading.failure, reading.failed = error.reason, len(keys)
            return reading
        begun: list[RedisFlight] = []
        try:
            await self._fetch(channel, keys, until_s, asking, reading, begun)
        finally:
            for flight in begun:
                if flight.future.done():
                    self._land(flight)
                else:
                    flight.future.add_done_callback(partial(self._land, flight))
        return reading

    async def _fetch(
        self,
        channel: RedisChannel,
        keys: Sequence[bytes],
        until_s: float,
        asking: bool,
        reading: NodeReading,
        begun: list[RedisFlight],
    ) -> None:
        """Fill in a reading; lists the flights that it begins."""
        begun_s = monotonic()
        budget_s = until_s - begun_s
        send_until_s, last_s = begun_s + budget_s * _SENDING, until_s + budget_s
        waiting: dict[asyncio.Future[Replies], _Share] = {}
        sent, lost = 0, False
        while True:
            while (
                sent < len(keys)
                and len(waiting) < _WINDOW
                and channel.is_open
                and channel.outstanding < _MOST_OUTSTANDING
                and (not sent or monotonic() < send_until_s)
            ):
                flight = self._send(channel, keys[sent : sent + BATCH], sent, asking, waiting)
                if flight is not None:
                    begun.append(flight)
                sent = min(sent + BATCH, len(keys))
            futures = set(waiting)
            if not sent and channel.is_open:  # it is full of others' work: wait for room
                futures.add(channel.oldest)
            if not futures:
                break
            asked_s = monotonic()
            wait_s = min(until_s - asked_s, budget_s / _LOOKS)
            if wait_s > 0:
                done, _ = await asyncio.wait(
                    futures, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:  # what the event loop slept through was not Redis' time
                    until_s = min(until_s + max(monotonic() - asked_s - 2 * wait_s, 0.0), last_s)
            if monotonic() >= until_s:
                for _ in range(2):  # the timer may ring before the socket is read
                    await asyncio.sleep(0)
            for future in [future for future in waiting if future.done()]:
                lost |= not _take(waiting.pop(future), reading)
            if monotonic() >= until_s:
                break
        lost |= not sent and not channel.is_open
        self._conclude(reading, channel, begun_s, sent, lost, waiting)

    def _send(
        self,
        channel: RedisChannel,
        keys: Sequence[bytes],
        start: int,
        asking: bool,
        waiting: dict[asyncio.Future[Replies], _Share],
    ) -> RedisFlight | None:
        """Ask for the keys that nobody has asked for yet, and join the flights of the others."""
        flying = self._flying
        fresh: Sequence[bytes] = keys
        places = list(range(start, start + len(keys)))
        if not asking and flying and not flying.keys().isdisjoint(keys):
            fresh, places = [], []
            for place, key in enumerate(keys, start):
                flight = flying.get(key)
                if flight is None or flight.is_lost:
                    fresh.append(key)
                    places.append(place)
                    continue
                share = waiting.setdefault(flight.future, _Share(flight, [], []))
                share.places.append(place)
                share.keys.append(key)
        if not fresh:
            return None
        flight = RedisFlight(fresh, channel, self._each, asking)
        waiting[flight.future] = _Share(flight, places)
        if not asking:
            flying.update(dict.fromkeys(fresh, flight))
        return flight

    def _land(self, flight: RedisFlight, _: object = None) -> None:
        flying = self._flying
        for key in flight.keys:
            if flying.get(key) is flight:
                del flying[key]

    def _conclude(
        self,
        reading: NodeReading,
        channel: RedisChannel,
        begun_s: float,
        sent: int,
        lost: bool,
        waiting: dict[asyncio.Future[Replies], _Share],
    ) -> None:
        """Say what is missing and whose fault it is; tell the breaker."""
        values, node = reading.values, self.node
        refused = any(type(value) is ReplyError for value in values) and not self._each
        if refused or lost:
            reading.failure = "error"
        elif waiting or not sent:
            reading.failure = "late" if channel.heard_at >= begun_s else "timeout"
        if refused or lost or reading.failure == "timeout":
            node.failed(reading.failure, _why(reading, lost))
        elif sent:
            node.breaker.success()
        if reading.failure:
            told = sum(value is not UNTOLD and type(value) is not ReplyError for value in values)
            reading.failed = (sent or len(values)) - told
        reading.skipped = len(values) - sent if sent else 0


def _why(reading: NodeReading, lost: bool) -> Exception:
    """Tell what is held against the server; of a reply only its code, as the rest may repeat a key."""
    if lost:
        return ConnectionError("redis: the connection was lost before the answer")
    codes = [str(value).split(" ", 1)[0] for value in reading.values if type(value) is ReplyError]
    if codes:
        return RedisError(f"redis: must let rows be read; received {codes[0]}")
    return TimeoutError("redis: no answer in time")


def _take(share: _Share, reading: NodeReading) -> bool:
    """Copy what a flight brought; tells whether it came back."""
    flight, values = share.flight, reading.values
    if share.keys:
        by_key = flight.by_key
        if by_key is None:
            return False
        for place, key in zip(share.places, share.keys, strict=True):
            values[place] = by_key[key]
        return True
    if flight.values is None:
        return False
    first, last = share.places[0], share.places[-1] + 1
    if last - first == len(share.places):
        values[first:last] = flight.values
    else:
        for place, value in zip(share.places, flight.values, strict=True):
            values[place] = value
    return True
