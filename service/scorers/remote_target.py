"""One model server."""

import asyncio

import grpc

from model.wire import (
    MODEL_STATUS_METHOD,
    PREDICT_METHOD,
    VersionStatus,
    decode_model_status,
    encode_model_status,
)
from service.trace_context import OUTGOING

_OPTIONS = (
    # 10,000 rows of 39 x 16 floats are 25 MB; gRPC's default limit is 4 MiB.
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # Finds dead peers while calls are under way; without calls, servers by default take pings for
    # abuse.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.keepalive_permit_without_calls", 0),
    # A server that came back is found within a second, and one attempt to connect takes no longer.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Calls are sent again by RemoteVersion, elsewhere and within a budget.
    ("grpc.enable_retries", 0),
    # A channel that is made anew connects anew.
    ("grpc.use_local_subchannel_pool", 1),
)

_UNANSWERED = 2
"""So many questions for a status without an answer, one after another, and it connects anew."""

_GRACE_S = 5.0


class RemoteTarget:
    """A channel to one model server, and how much is asked of it.

    It connects when it is first used, and anew if a connection stands and nothing comes over it (a
    spoiled HTTP/2 stream can wait for ever for bytes that it takes for announced; gRPC's own pings
    find out after 12 s, and may not come more often). To be made in a running event loop.

    Args:
        address: ``host:port``.

    Attributes:
        address: as given.
        outstanding: Predict calls under way, of every version.
        tasks: what goes on in the background; ends with ``close``.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.outstanding = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self._unanswered = 0
        self._left: set[grpc.aio.Channel] = set()
        self._connect()

    def _connect(self) -> None:
        self._channel = grpc.aio.insecure_channel(self.address, options=_OPTIONS)
        self._predict = self._channel.unary_unary(PREDICT_METHOD)
        self._status = self._channel.unary_unary(MODEL_STATUS_METHOD)

    async def predict(self, request: bytes, seconds: float) -> bytes:
        """Send a serialised Predict request and return the serialised answer.

        Args:
            request: the message.
            seconds: how long it may take; the call is cancelled on both sides then.

        Raises:
            grpc.aio.AioRpcError: if the call fails.
        """
        self.outstanding += 1
        try:
            response: bytes = await self._predict(request, timeout=seconds, metadata=OUTGOING.get())
        finally:
            self.outstanding -= 1
        self._unanswered = 0
        return response

    async def statuses(
        self, model: str, version: int | None, seconds: float
    ) -> tuple[VersionStatus, ...]:
        """Ask for the state of one version of a model, or of all.

        Raises:
            grpc.aio.AioRpcError: if the call fails.
            WireError: if the answer cannot be read.
        """
        request = encode_model_status(model, version=version).SerializeToString()
        try:
            response = await self._status(request, timeout=seconds)
        except grpc.aio.AioRpcError as error:
            late = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            self._unanswered = self._unanswered + 1 if late else 0
            if self._unanswered >= _UNANSWERED:
                self._connect_anew()
            raise
        self._unanswered = 0
        return decode_model_status(response)

    def _connect_anew(self) -> None:
        """Leave the connection; calls that are under way over it may still end."""
        self._unanswered = 0
        self._left.add(self._channel)
        leaving = asyncio.create_task(self._leave(self._channel))
        self.tasks.add(leaving)
        leaving.add_done_callback(self.tasks.discard)
        self._connect()

    async def _leave(self, channel: grpc.aio.Channel) -> None:
        await channel.close(_GRACE_S)
        self._left.discard(channel)

    async def close(self) -> None:
        """Cancel what is under way and close the channel."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.gather(*(channel.close() for channel in (self._channel, *self._left)))
