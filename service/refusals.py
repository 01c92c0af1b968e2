"""Refusals of requests that are one too many: made beforehand, and told at next to no cost."""

import asyncio
import re
from uuid import uuid4

from service.account import Account
from service.errors import OverloadedError
from service.metrics import Metrics
from service.problems import problem_of
from service.raw_answer import raw_answer
from service.request_id import HEADER, request_id_of
from service.request_log import RequestLog

PATHS = frozenset({"/predict", "/v1/predict"})
"""Paths of requests that may be one too many."""

_ROUTES = {f"POST {path} HTTP/1.1\r\n".encode(): path for path in PATHS}
_LENGTH = b"\r\ncontent-length:"
_HOST = b"\r\nhost:"
_REQUEST_ID = b"\r\n" + HEADER + b":"
_USUAL = re.compile(
    rb"(?:(?!transfer-encoding:|expect:|upgrade:|(?:proxy-)?connection:(?![ \t]*keep-alive[ \t]*\r\n))"
    rb"[!#$%&'*+.^_`|~0-9a-z-]++:[\t\x20-\x7e\x80-\xff]*+\r\n)*+"
)
"""Headers, in lower case, that say nothing else of framing and that no two parsers read otherwise.

The quantifiers take all and give nothing back, so it takes one pass."""


_TOO_MANY = OverloadedError(
    "requests: there are as many under way as can be answered in time. Try again"
)
_PROBLEM = problem_of(_TOO_MANY)
_NAME = uuid4().hex
_AROUND = raw_answer(_PROBLEM, _NAME).split(_NAME.encode())


class Refusals:
    """Reads a head no further than a refusal needs, and answers it.

    Args:
        metrics: count the answers.
        request_log: tells of them.
    """

    def __init__(self, metrics: Metrics, request_log: RequestLog) -> None:
        self._counts = {
            path: metrics.requests.labels(path, str(_PROBLEM.status)) for path in _ROUTES.values()
        }
        self._request_log = request_log
        self._told: dict[str, int] = {}
        self._last = ""

    def refuse(self, head: bytes) -> tuple[bytes, int] | None:
        """Refuse a POST /predict.

        Args:
            head: of the request, with the end of its last line.

        Returns:
            The answer and the length of the body; ``None`` if the head must be parsed: it is of
            another request, or unusual (chunked, without a length, malformed, without a host, with a wish for the
            connection other than keep-alive).
        """
        first = head.find(b"\n") + 1
        route = _ROUTES.get(head[:first])
        if route is None:
            return None
        names = head.lower()
        at = names.find(_LENGTH) + len(_LENGTH)
        length = names[at : names.find(b"\r\n", at)].strip(b" \t")
        if at < len(_LENGTH) or not length.isdigit() or len(length) > 8:
            return None
        if names.count(b"content-length") > 1 or names.count(_HOST) != 1:
            return None
        if not _USUAL.fullmatch(names, first):
            return None
        at = names.find(_REQUEST_ID) + len(_REQUEST_ID)
        named = head[at : head.find(b"\r\n", at)].strip(b" \t") if at >= len(_REQUEST_ID) else None
        request_id = request_id_of(named)
        if not self._told:
            asyncio.get_running_loop().call_soon(self._account)
        self._told[route] = self._told.get(route, 0) + 1
        self._last = request_id
        return _answer(request_id), int(length)

    def _account(self) -> None:
        """Count and log what was refused in this turn of the event loop."""
        told, self._told = self._told, {}
        for route, count in told.items():
            self._counts[route].inc(count)
            self._request_log.failed(self._last, route, 0, Account(), _TOO_MANY, _PROBLEM, count)


def _answer(request_id: str) -> bytes:
    """Put a name into the answer; names are mostly of one length, which the answer's own tells."""
    if len(request_id) != len(_NAME):
        return raw_answer(_PROBLEM, request_id)
    return request_id.encode().join(_AROUND)
