"""The scorer in a model server: TF Serving's gRPC, without TensorFlow."""

import asyncio

import grpc

from model.bundle import Bundle
from service.scorers.remote_version import RemoteVersion

_OPTIONS = (
    # 10,000 rows of 39 x 16 floats are 25 MB; gRPC's default limit is 4 MiB.
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # Finds dead peers while calls are under way; without calls, servers by default take pings for
    # abuse.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.keepalive_permit_without_calls", 0),
    # A server that came back is found within a second.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.enable_retries", 0),
)


class RemoteScorer:
    """Scores in one or several model servers, asked in turn.

    Args:
        targets: ``host:port`` of each.
        model: the model's name there.
    """

    name = "remote"

    def __init__(self, targets: tuple[str, ...], model: str) -> None:
        self._targets = targets
        self._model = model
        self._channels: list[grpc.aio.Channel] = []

    async def start(self) -> None:
        """Open the channels; they connect when they are used."""
        self._channels = [
            grpc.aio.insecure_channel(target, options=_OPTIONS) for target in self._targets
        ]

    async def open(self, bundle: Bundle) -> RemoteVersion:
        """Make a version ready: it must be served already, nobody waits for it.

        Raises:
            ScorerUnavailableError: if no server serves it now.
        """
        version = RemoteVersion(
            self._channels, self._model, bundle.version, (bundle.table.fields, bundle.table.width)
        )
        await version.warm()
        return version

    async def close(self) -> None:
        """Close the channels."""
        await asyncio.gather(*(channel.close() for channel in self._channels))
