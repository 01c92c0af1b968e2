"""One request and its answer, watched."""

import asyncio
from collections.abc import Sized
from time import perf_counter_ns

from starlette.types import Message, Receive, Send

from service.problems import MEDIA_TYPE, Problem
from service.request_id import HEADER

_LINGER_S = 2.0


class Exchange:
    """ASGI's ``receive`` and ``send`` of one request, with its id in the answer.

    Args:
        receive: ASGI's.
        send: ASGI's.
        request_id: the request's name.
        close: whether the connection ends with the answer, unless others wait for theirs.
        behind: those others: what was sent after the request without waiting for its answer.

    Attributes:
        request_id: the request's name.
        status: of the answer; 0 as long as there is none.
        answered_ns: reading of ``perf_counter_ns`` when its last part was handed to the socket; 0 as
            long as there is none.
    """

    __slots__ = (
        *("_behind", "_body_read", "_close", "_receive", "_send", "_unread"),
        *("answered_ns", "request_id", "status"),
    )

    def __init__(
        self,
        receive: Receive,
        send: Send,
        request_id: str,
        close: bool = False,
        behind: Sized = (),
    ) -> None:
        self._receive = receive
        self._send = send
        self._close = close
        self._behind = behind
        self._body_read = False
        self._unread = False
        self.request_id = request_id
        self.status = 0
        self.answered_ns = 0

    async def receive(self) -> Message:
        """Receive, and note when the body has ended."""
        message = await self._receive()
        self._body_read = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send, and put the request's id in the headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            close = self._unread or (self._close and not len(self._behind))
            message["headers"] = [
                *message.get("headers", ()),
                (HEADER, self.request_id.encode()),
                *(((b"connection", b"close"),) if close else ()),
            ]
        await self._send(message)
        self.answered_ns = perf_counter_ns()

    async def send_problem(self, problem: Problem, has_body: bool) -> None:
        """Answer with a problem.

        If the body was not read to its end, the connection is closed after the answer; what the
        client still sends is thrown away for a while first, so that it reads the answer instead of
        meeting a closed door.

        Args:
            problem: the answer.
            has_body: whether the request has a body at all.
        """
        if problem.kind.keep and has_body and not self._body_read:
            await self._throw_away()
        unread = self._unread = has_body and not self._body_read
        body = problem.body(self.request_id)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
        ]
        start = {"type": "http.response.start", "status": problem.status, "headers": headers}
        await self.send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": unread})
        if unread:
            if problem.kind.linger:
                await self._throw_away()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _throw_away(self) -> None:
        try:
            async with asyncio.timeout(_LINGER_S):
                while not self._body_read:
                    await self.receive()
        except TimeoutError:
            return
