"""The quick look at a request's head, when it is one too many: it must see what the parser sees."""

import asyncio
from collections.abc import Callable

import httptools

from service.metrics import Metrics
from service.refusals import PATHS, Refusals
from service.request_log import RequestLog
from tests.fuzz.parser_target import FuzzError

Refuse = Callable[[bytes], tuple[bytes, int] | None]


class HeadTarget:
    """Shows each head to ``Refusals`` and, if it takes it, to the parser that all others go to.

    Were the two to see a different end of one request, what one takes for its body the other would
    take for a request of its own.

    Args:
        refuse: in place of ``Refusals.refuse``.
    """

    def __init__(self, refuse: Refuse | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._take = refuse or Refusals(Metrics(), RequestLog(0.0, 1_000_000)).refuse

    def close(self) -> None:
        """End."""
        self._loop.close()

    def __call__(self, data: bytes) -> int:
        """Check one head; returns 503 if it is refused, 0 if it must be parsed.

        Raises:
            FuzzError: if the two differ.
        """
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            return 0
        refused = self._loop.run_until_complete(self._refuse(data[: end - 2]))
        if refused is None:
            return 0
        answer, length = refused
        if not answer.startswith(b"HTTP/1.1 503 "):
            raise FuzzError(f"no refusal: {answer!r}")
        if length <= 1 << 16:
            seen = _Seen()
            parser = httptools.HttpRequestParser(seen)
            seen.parser = parser
            try:
                parser.feed_data(data[:end] + b"x" * length)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
                raise FuzzError(f"refused, and not to be parsed: {error!r}") from error
            if not (seen.headers and seen.complete and seen.method == b"POST" and seen.lives):
                raise FuzzError(f"refused, and read otherwise: {vars(seen)}")
            if seen.url.decode() not in PATHS or seen.body != length:
                raise FuzzError(f"refused with {length} bytes of body, and parsed as {vars(seen)}")
        return 503

    async def _refuse(self, head: bytes) -> tuple[bytes, int] | None:
        return self._take(head)


class _Seen:
    """What the parser tells of one request."""

    def __init__(self) -> None:
        self.parser: httptools.HttpRequestParser | None = None
        self.url = b""
        self.method = b""
        self.body = 0
        self.headers = self.complete = self.lives = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_headers_complete(self) -> None:
        assert self.parser is not None
        self.headers = True
        self.method = self.parser.get_method()
        self.lives = self.parser.should_keep_alive() and not self.parser.should_upgrade()

    def on_body(self, body: bytes) -> None:
        self.body += len(body)

    def on_message_complete(self) -> None:
        self.complete = True
