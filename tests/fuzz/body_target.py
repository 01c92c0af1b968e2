"""What is declared of a body, and how it is put together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from service.body import check_content_type, read_body
from service.body_budget import BodyBudget
from service.errors import RequestError
from service.problems import problem_of
from tests.fuzz.parser_target import FuzzError, check_problem

MOST_BYTES = 64
_NAMES = (b"content-type", b"content-encoding", b"content-length")
_REFUSED = (
    {b"content-type": b"-"},
    {b"content-type": b"application/json; charset=-"},
    {b"content-encoding": b"-"},
    {b"content-length": b"999"},
)
"""One of each kind; what they are answered says nothing of themselves."""
_ID = "0123456789abcdef0123456789abcdef"

Read = Callable[..., Awaitable[bytes]]


class BodyTarget:
    """Reads bodies in pieces. Three lines of input are headers (an empty one is absent), the rest is the body.

    A body comes out as it went in, or is refused because it is too long or declared as something
    else; what is counted of it is counted down again.

    Args:
        read: in place of ``read_body``.
    """

    def __init__(self, read: Read = read_body) -> None:
        self._read_body: Read = read_body
        self._loop = asyncio.new_event_loop()
        self._budget = BodyBudget(1 << 20)
        self._standing = {self._refusal(headers) for headers in _REFUSED}
        self._read_body = read

    def close(self) -> None:
        """End."""
        self._loop.close()

    def __call__(self, data: bytes) -> int:
        """Check one body; returns the status of a refusal, or 200.

        Raises:
            FuzzError: if something does not hold.
        """
        *lines, body = (data + b"\n\n\n").split(b"\n", 3)
        body = body[:-3]
        headers = {name: line for name, line in zip(_NAMES, lines, strict=True) if line}
        try:
            status, received = 200, self._loop.run_until_complete(self._read(headers, body))
        except RequestError as error:
            problem = problem_of(error)
            status, received = problem.status, b""
            check_problem(problem.body(_ID), data, self._standing)
        if self._budget.held:
            raise FuzzError(f"{self._budget.held} bytes are counted for ever")
        declared = headers.get(b"content-length", b"")
        too_long = len(body) > MOST_BYTES or (declared.isdigit() and int(declared) > MOST_BYTES)
        if status == 413 and not too_long:
            raise FuzzError("refused as too long, and is not")
        if status == 200 and (too_long or received != body):
            raise FuzzError(f"taken as {received!r}")
        if status == 200 and not _says_json(headers):
            raise FuzzError(f"taken as JSON: {headers}")
        return status

    def _refusal(self, headers: dict[bytes, bytes]) -> str:
        try:
            self._loop.run_until_complete(self._read(headers, b""))
        except RequestError as error:
            return str(problem_of(error).detail)
        raise FuzzError(f"taken: {headers}")

    async def _read(self, headers: dict[bytes, bytes], body: bytes) -> bytes:
        check_content_type(headers)
        pieces = _pieces(body)

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        with self._budget.reading() as reading:
            return await self._read_body(headers, receive, MOST_BYTES, 60.0, reading)


def _pieces(body: bytes) -> list[bytes]:
    """Cut a body; its own bytes say where, so that the fuzzer can move the cuts."""
    pieces = []
    while body:
        size = body[0] % 7
        pieces.append(body[:size])
        body = body[max(size, 1) :] if size else body
        if not size:
            pieces.append(body[:3])
            body = body[3:]
    return pieces or [b""]


def _says_json(headers: dict[bytes, bytes]) -> bool:
    said = headers.get(b"content-type", b"application/json").lower()
    coding = headers.get(b"content-encoding", b"identity").lower()
    return said.split(b";")[0].strip() == b"application/json" and coding.strip() == b"identity"
