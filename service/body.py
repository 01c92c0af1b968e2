"""The bytes of a request, within limits."""

import asyncio
from collections.abc import Mapping

from starlette.types import Receive

from service.body_budget import Reading
from service.client_gone_error import ClientGoneError
from service.errors import BodyTooLargeError, ContentTypeError, SlowBodyError

Headers = Mapping[bytes, bytes]

_UTF_8 = (b"utf-8", b"utf8")


def check_content_type(headers: Headers) -> None:
    """Take JSON in UTF-8 only; a body that is not declared at all is taken for it.

    Raises:
        ContentTypeError: if the headers declare something else, or a coding such as gzip.
    """
    media, _, parameters = headers.get(b"content-type", b"application/json").partition(b";")
    if media.strip().lower() != b"application/json":
        raise ContentTypeError(
            "content-type: must be application/json; received another one. "
            "With curl: -H 'content-type: application/json'"
        )
    for parameter in parameters.split(b";"):
        name, _, charset = parameter.partition(b"=")
        if name.strip().lower() == b"charset" and charset.strip(b'" ').lower() not in _UTF_8:
            raise ContentTypeError("content-type: charset must be utf-8; received another one")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise ContentTypeError("content-encoding: must be absent; received a coding")


async def read_body(
    headers: Headers,
    receive: Receive,
    max_bytes: int,
    timeout_s: float,
    reading: Reading | None = None,
) -> bytes:
    """Read a body.

    Args:
        headers: of the request.
        receive: ASGI's.
        max_bytes: largest body; counted as it comes, whatever the headers say.
        timeout_s: how long it may take to arrive, in seconds.
        reading: told of the bytes as they come.

    Raises:
        OverloadedError: if all bodies together are too large.
        BodyTooLargeError: as soon as it is known to be larger.
        SlowBodyError: if it has not arrived in time.
        ClientGoneError: if the client closes the connection before.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit():
        digits = declared.lstrip(b"0") or b"0"
        if len(digits) > 18 or int(digits) > max_bytes:
            raise _too_large(max_bytes)
    chunks = []
    size = 0
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise ClientGoneError
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > max_bytes:
                    raise _too_large(max_bytes)
                if reading is not None:
                    reading.add(len(chunk))
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return chunk if len(chunks) == 1 else b"".join(chunks)
    except TimeoutError:
        raise SlowBodyError(
            f"body: must arrive within {timeout_s:g} s; it did not. Send it without pauses"
        ) from None


def _too_large(max_bytes: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"body: must be at most {max_bytes:,} bytes; received more. Send several smaller requests"
    )
