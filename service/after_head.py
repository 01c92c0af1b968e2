"""A request that asks for another protocol, read on as if it had not asked."""

from typing import Any

import httptools

_FRAMING = (b"content-length", b"transfer-encoding")


def parser_after(headers: list[tuple[bytes, bytes]], protocol: Any) -> httptools.HttpRequestParser:
    """Make a parser that has read a request's head and goes on with its body.

    The parser that read the head takes the request to end there when it asks for an upgrade
    (Java's client asks for HTTP/2 with every request): the body would be lost, or read as requests
    of its own. A server may ignore an upgrade (RFC 9110, 7.8), and this one does.

    Args:
        headers: the request's.
        protocol: its callbacks are called with what follows.

    Raises:
        httptools.HttpParserError: if the headers do not say how long the body is.
    """
    after = _AfterHead(protocol)
    parser = httptools.HttpRequestParser(after)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    framing = b"".join(b"%s: %s\r\n" % each for each in headers if each[0] in _FRAMING)
    parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n")
    return parser


class _AfterHead:
    """Passes everything on but the first head.

    Args:
        protocol: whose callbacks are called.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._in_first_head = True

    def on_message_begin(self) -> None:
        """Begin a message."""
        if not self._in_first_head:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of a URL."""
        if not self._in_first_head:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if not self._in_first_head:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        """End a head."""
        if not self._in_first_head:
            self._protocol.on_headers_complete()
        self._in_first_head = False

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._protocol.on_body(body)

    def on_message_complete(self) -> None:
        """End a message."""
        self._protocol.on_message_complete()
