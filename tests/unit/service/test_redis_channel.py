import asyncio
from typing import Any

import pytest

from service.tiers.redis_channel import RedisChannel


class Wire(asyncio.Transport):
    """What was sent, and whether the connection was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.cut = False

    def writelines(self, list_of_data: Any) -> None:
        self.sent += b"".join(list_of_data)

    def abort(self) -> None:
        self.cut = True


def connected(silence_s: float = 60.0) -> tuple[RedisChannel, Wire]:
    channel, wire = RedisChannel(silence_s), Wire()
    channel.connection_made(wire)
    return channel, wire


def test_replies_pair_in_order_however_they_are_cut():
    async def run() -> None:
        channel, wire = connected()
        futures = [channel.send([b"a"], 1), channel.send([b"b", b"c"], 2)]
        assert wire.sent == b"abc"
        for byte in b"$1\r\nx\r\n*1\r\n$-1\r\n-OOM no\r\n":
            channel.data_received(bytes([byte]))
        assert futures[0].result() == [b"x"]
        second = futures[1].result()
        assert second is not None
        assert (second[0], str(second[1])) == ([None], "OOM no")
        assert channel.outstanding == 0

    asyncio.run(run())


def test_a_reply_that_nobody_wants_any_more_is_thrown_away():
    async def run() -> None:
        channel, _ = connected()
        first, second = channel.send([b"a"], 1), channel.send([b"b"], 1)
        first.cancel()
        channel.data_received(b"+one\r\n+two\r\n")
        assert second.result() == [b"two"]

    asyncio.run(run())


@pytest.mark.parametrize("data", [b"+one\r\n+uninvited\r\n", b"what is this\r\n"])
def test_a_stream_that_is_out_of_step_ends(data: bytes):
    async def run() -> None:
        channel, wire = connected()
        channel.send([b"a"], 1)
        channel.data_received(data)
        assert wire.cut
        assert not channel.is_open
        assert channel.send([b"b"], 1).result() is None

    asyncio.run(run())


def test_a_lost_connection_is_told_to_all():
    async def run() -> None:
        channel, _ = connected()
        futures = [channel.send([b"a"], 1) for _ in range(3)]
        channel.connection_lost(None)
        assert [future.result() for future in futures] == [None] * 3

    asyncio.run(run())


def test_silence_ends_it_and_only_while_a_reply_is_due():
    async def run() -> None:
        channel, wire = connected(silence_s=0.02)
        due = channel.send([b"a"], 1)
        async with asyncio.timeout(5):
            assert await due is None
        assert wire.cut

        channel, wire = connected(silence_s=0.02)
        due = channel.send([b"a"], 1)
        channel.data_received(b"+one\r\n")
        assert await due == [b"one"]
        await asyncio.sleep(0.05)  # nothing is due: there is no condition to wait for
        assert channel.is_open

    asyncio.run(run())


def test_a_retired_channel_ends_with_its_last_reply():
    async def run() -> None:
        channel, wire = connected()
        due = channel.send([b"a"], 1)
        channel.retire()
        assert channel.send([b"b"], 1).result() is None
        assert not wire.cut
        channel.data_received(b"+one\r\n")
        assert due.result() == [b"one"]
        assert wire.cut

    asyncio.run(run())
