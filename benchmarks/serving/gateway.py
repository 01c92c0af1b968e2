"""``python -m benchmarks.serving.gateway``: ``dynint serve`` with a floor to measure it from.

POST /floor reads the body and parses it, on the same server, and does nothing else; GET /tasks
counts the event loop's tasks. Settings are those of the gateway, from the environment.
"""

import asyncio

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from service.body import read_body
from service.server import serve
from service.settings import Settings

_ANSWER = b'{"floor":true}'
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(_ANSWER)).encode()),
]


class WithFloor:
    """The gateway, and a route beside it that only reads and parses.

    Args:
        app: the gateway.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == "/tasks":
            count = str(len(asyncio.all_tasks())).encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": count})
            return
        if scope["type"] != "http" or scope["path"] != "/floor":
            await self._app(scope, receive, send)
            return
        body = await read_body(dict(scope["headers"]), receive, 2**30, 30.0)
        orjson.loads(body)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _ANSWER})


if __name__ == "__main__":
    serve(Settings(), WithFloor)
