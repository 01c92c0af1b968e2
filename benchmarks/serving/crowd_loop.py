"""A closed loop of many connections in one thread."""

import selectors
import socket
from collections.abc import Sequence
from time import perf_counter

from benchmarks.serving.http_client import length_of


class _Client:
    """One connection, always with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.sent_s = 0.0

    def send(self, message: bytes) -> None:
        self.sent_s = perf_counter()
        self.socket.sendall(message)

    def has_answer(self) -> bool:
        """Read what is there; tell whether the answer is whole."""
        data = self.socket.recv(65536)
        if not data:
            raise RuntimeError("connection: must stay open; it was closed")
        self._received += data
        end = self._received.find(b"\r\n\r\n") + 4
        if end < 4 or len(self._received) < end + length_of(self._received[: end - 2].lower()):
            return False
        status = self._received[9:12]
        if status != b"200":
            raise RuntimeError(f"answer: must be 200; received {status.decode()}")
        self._received = b""
        return True


def run_crowd(
    port: int, messages: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[float], float]:
    """Let each of several connections send its next request when it has its answer.

    Args:
        port: on this machine.
        messages: whole requests, sent in turn.
        connections: how many there are.
        seconds: how long new requests are sent.

    Returns:
        Latencies in milliseconds, and answers per second.

    Raises:
        RuntimeError: if an answer is not 200 or a connection is closed.
    """
    clients = [_Client(port) for _ in range(connections)]
    try:
        return _run(clients, messages, seconds)
    finally:
        for client in clients:
            client.socket.close()


def _run(
    clients: Sequence[_Client], messages: Sequence[bytes], seconds: float
) -> tuple[list[float], float]:
    latencies: list[float] = []
    sent = 0
    with selectors.DefaultSelector() as selector:
        start = perf_counter()
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send(messages[sent % len(messages)])
            sent += 1
        while len(latencies) < sent:
            for key, _ in selector.select(30.0):
                client = key.data
                if not client.has_answer():
                    continue
                now = perf_counter()
                latencies.append(1e3 * (now - client.sent_s))
                if now < start + seconds:
                    client.send(messages[sent % len(messages)])
                    sent += 1
    return latencies, len(latencies) / (perf_counter() - start)
