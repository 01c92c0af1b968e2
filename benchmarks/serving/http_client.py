"""HTTP over a raw socket: what a load generator needs and nothing that costs it time."""

import socket
from typing import NamedTuple


class Answer(NamedTuple):
    """An answer: its status, its ``Server-Timing`` in milliseconds, and its body."""

    status: int
    timing: dict[str, float]
    body: bytes


def request(path: str, body: bytes) -> bytes:
    """Write a request once, to be sent many times."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def length_of(head: bytes) -> int:
    """Read the content-length of an answer's head, in lower case.

    Raises:
        ValueError: if it has none.
    """
    start = head.index(b"content-length:") + 15
    return int(head[start : head.index(b"\r\n", start)])


def parse(head: bytes, body: bytes) -> Answer:
    """Read an answer whose head is in lower case."""
    timing = {}
    at = head.find(b"server-timing:")
    if at >= 0:
        line = head[at + 14 : head.index(b"\r\n", at)].decode()
        for entry in line.split(","):
            name, _, duration = entry.strip().partition(";dur=")
            timing[name] = float(duration)
    return Answer(int(head[9:12]), timing, body)


class Connection:
    """One connection, used for one request after the other.

    Args:
        port: on this machine.
        timeout_s: longest wait for an answer, in seconds.
    """

    def __init__(self, port: int, timeout_s: float = 30.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def send(self, message: bytes) -> Answer:
        """Send a request and wait for its answer.

        Raises:
            OSError: if the connection ends before.
        """
        self._socket.sendall(message)
        received = self._left
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._read()
        head = received[: end + 2].lower()
        whole = end + 4 + length_of(head)
        while len(received) < whole:
            received += self._read()
        self._left = received[whole:]
        return parse(head, received[end + 4 : whole])

    def _read(self) -> bytes:
        chunk = self._socket.recv(1 << 18)
        if not chunk:
            raise ConnectionResetError("the server closed the connection before its answer's end")
        return chunk

    def close(self) -> None:
        """Close it."""
        self._socket.close()
