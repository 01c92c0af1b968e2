"""How a connection is read: into one buffer, and what is of no use not at all."""

import socket
import sys
from asyncio import BaseTransport, BufferedProtocol
from typing import Any, Protocol

_HEAD_BYTES = 2**12
"""As long as heads are, cookies and all; one that is longer is parsed, which takes more time."""

_PASSED_BYTES = 2**20
"""About so much is thrown away at one look; the rest waits for the next, as others do."""

_DISCARD = socket.MSG_TRUNC if sys.platform == "linux" else 0


class Connection(Protocol):
    """Whose bytes they are."""

    @property
    def needs_little(self) -> bool:
        """Whether no more than a head is of use of what comes next."""

    def data_received(self, data: bytes) -> None:
        """Take what the socket gave."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the connection has ended."""

    def eof_received(self) -> None:
        """Learn that nothing more comes."""

    def pause_writing(self) -> None:
        """Learn that the client takes nothing."""

    def resume_writing(self) -> None:
        """Learn that it does again."""


class Doorway(BufferedProtocol):
    """Stands between a transport and the protocol of one connection.

    The bodies of refused requests are most of what comes at many times the load. Of a request that
    is one too many only so much is read as its head may need; the system throws the rest away
    (``MSG_TRUNC``, Linux only): it is neither copied nor does it drive the model's weights from the
    processor's caches.

    Args:
        connection: its protocol.
        transport: its transport.
        buffer: of all connections of an event loop: what is read is taken before more is read.
    """

    def __init__(
        self, connection: Connection, transport: BaseTransport, buffer: memoryview
    ) -> None:
        self._connection = connection
        self._buffer = buffer
        self._head_buffer = buffer[:_HEAD_BYTES]
        theirs: Any = transport.get_extra_info("socket")
        self._socket = socket.socket(
            theirs.family, theirs.type, theirs.proto, fileno=theirs.fileno()
        )
        self._socket.setblocking(False)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where the next bytes go."""
        return self._head_buffer if self._connection.needs_little else self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take the next bytes."""
        self._connection.data_received(bytes(self._buffer[:nbytes]))

    def send(self, data: bytes) -> int:
        """Send past the transport, which must have nothing left to send.

        Returns:
            How many bytes were taken; the rest is the transport's, and so is whatever went wrong.
        """
        try:
            return self._socket.send(data)
        except OSError:
            return 0

    def pass_over(self, count: int) -> int:
        """Throw bytes away that are there already, at most so many; returns how many were."""
        passed = 0
        try:
            while passed < min(count, _PASSED_BYTES):
                most = min(count - passed, len(self._buffer))
                now = self._socket.recv_into(self._buffer, most, _DISCARD)
                passed += now
                if now < most:
                    break
        except OSError:  # nothing there; or the connection is broken, which is met at the next read
            pass
        return passed

    def eof_received(self) -> None:
        """Pass it on."""
        self._connection.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._connection.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on; the socket is the transport's to close."""
        self._socket.detach()
        connection = self._connection
        del self._connection  # each held the other
        connection.connection_lost(exc)
