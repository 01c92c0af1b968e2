"""HTTP as bytes on a socket, for requests that no client library would send."""

import json
import socket
import time
from dataclasses import dataclass
from typing import Any, Self

HEAD = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
LIVEZ = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
ROW = b'{"instances": [{}]}'


def post(body: bytes, *headers: bytes) -> bytes:
    """Write a whole POST /predict."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return HEAD + lines + b"content-length: %d\r\n\r\n" % len(body) + body


@dataclass(frozen=True)
class Answer:
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)

    def problem(self, status: int) -> dict[str, Any]:
        """Check the form that every error has, and return it."""
        assert self.status == status, self
        assert self.headers["content-type"] == "application/problem+json"
        assert len(self.body) < 4096
        content = self.json()
        assert content["status"] == status
        assert content["type"].startswith("urn:dynint:problem:")
        assert content["title"]
        assert content["detail"]
        assert content["request_id"] == self.headers["x-request-id"]
        assert len(content.get("errors", [])) <= 10
        return content


class RawConnection:
    """A connection that says what a test wants and reads whole answers.

    Args:
        url: of the gateway.
        seconds: longest wait for an answer.
    """

    def __init__(self, url: str, seconds: float = 20.0) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), seconds)
        self._rest = b""

    def send(self, *pieces: bytes, pause: float = 0.0) -> Self:
        """Send pieces, with a pause after each."""
        for piece in pieces:
            self.socket.sendall(piece)
            time.sleep(pause)
        return self

    def answer(self, head_only: bool = False) -> Answer:
        """Read one answer.

        Args:
            head_only: whether no body follows, as after HEAD.
        """
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if head_only else int(headers.get("content-length", 0))
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return Answer(int(status.split()[1]), headers, body)

    def is_closed(self) -> bool:
        """Wait until the other side has closed; false if it says something instead."""
        try:
            return not self._rest and not self.socket.recv(1)
        except ConnectionResetError:
            return True

    def _more(self) -> None:
        piece = self.socket.recv(65536)
        assert piece, f"closed after {self._rest!r}"
        self._rest += piece

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
