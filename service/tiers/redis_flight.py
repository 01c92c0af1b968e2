"""One command on its way to Redis, shared by every request that wants one of its keys."""

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from hiredis import ReplyError

from service.tiers.redis_channel import RedisChannel, Replies
from service.tiers.redis_pack import pack


class RedisFlight:
    """The keys of one command, and their values when it is back.

    Args:
        keys: what is asked for, at least one.
        channel: the connection.
        each: ask for each key by itself, as a Cluster demands, and not for all in one MGET.
        asking: tell the node that it is asked for a slot that it is being given.
    """

    def __init__(
        self, keys: Sequence[bytes], channel: RedisChannel, each: bool, asking: bool = False
    ) -> None:
        self.keys = keys
        self._channel = channel
        self._each = each
        self._asking = asking
        if asking:
            data = [part for key in keys for part in (_ASKING, _get(key))]
        elif each:
            data = [_get(key) for key in keys]
        else:
            data = [pack("MGET", *keys)]
        self.future: asyncio.Future[Replies] = channel.send([b"".join(data)], len(data))

    @property
    def is_lost(self) -> bool:
        """Tell whether it will not come back."""
        return self.future.done() and self.values is None

    @cached_property
    def values(self) -> list[Any] | None:
        """Values in the order of the keys: bytes, ``None`` or ``ReplyError``; none if it is lost.

        An answer that does not fit the question closes the connection: the stream is out of step.
        """
        replies = self.future.result()
        if replies is None:
            return None
        if self._asking:
            replies = replies[1::2]
        elif not self._each:
            reply = replies[0]
            replies = [reply] * len(self.keys) if isinstance(reply, ReplyError) else reply
        if (
            not isinstance(replies, list)
            or len(replies) != len(self.keys)
            or not {type(reply) for reply in replies} <= _KINDS
        ):
            self._channel.abort("an answer to something else")
            return None
        return replies

    @cached_property
    def by_key(self) -> dict[bytes, Any] | None:
        """Values by key; none if the flight is lost."""
        values = self.values
        return None if values is None else dict(zip(self.keys, values, strict=True))


_ASKING = pack("ASKING")
_KINDS = {bytes, type(None), ReplyError}


def _get(key: bytes) -> bytes:
    return b"*2\r\n$3\r\nGET\r\n$%d\r\n%b\r\n" % (len(key), key)
