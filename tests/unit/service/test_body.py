import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from service.body import check_content_type, read_body
from service.client_gone_error import ClientGoneError
from service.errors import BodyTooLargeError, ContentTypeError, SlowBodyError


def read(chunks: Iterable[bytes | None], headers: dict[bytes, bytes] | None = None) -> bytes:
    """Read a body that comes in chunks; ``None`` is a pause without end."""

    async def run() -> bytes:
        left = list(chunks)

        async def receive() -> dict[str, Any]:
            if not left:
                return {"type": "http.disconnect"}
            chunk = left.pop(0)
            if chunk is None:
                await asyncio.sleep(60)
            more = bool(left)
            return {"type": "http.request", "body": chunk, "more_body": more}

        return await read_body(headers or {}, receive, max_bytes=10, timeout_s=0.05)

    return asyncio.run(run())


def test_a_body_is_its_chunks():
    assert read([b"01", b"", b"23"]) == b"0123"
    assert read([b"0123456789"]) == b"0123456789"


def test_the_stream_is_counted_whatever_the_headers_say():
    with pytest.raises(BodyTooLargeError, match="at most 10 bytes"):
        read([b"012345", b"6789x", None], {b"content-length": b"3"})


@pytest.mark.parametrize("length", [b"11", b"99999999999999999999999"])
def test_a_body_that_is_declared_too_large_is_not_waited_for(length: bytes):
    with pytest.raises(BodyTooLargeError):
        read([None], {b"content-length": length})


def test_a_length_may_begin_with_zeros():
    assert read([b"01"], {b"content-length": b"2".zfill(30)}) == b"01"
    with pytest.raises(BodyTooLargeError):
        read([None], {b"content-length": b"11".zfill(30)})


def test_a_body_that_does_not_come_is_slow():
    with pytest.raises(SlowBodyError, match=r"0\.05 s"):
        read([b"0", None])


def test_a_client_that_leaves_is_gone():
    with pytest.raises(ClientGoneError):
        read([])


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"application/json",
        b"Application/JSON; charset=UTF-8",
        b'application/json;charset="utf-8"',
    ],
)
def test_json_is_taken(value: bytes | None):
    check_content_type({} if value is None else {b"content-type": value})


@pytest.mark.parametrize(
    "headers",
    [
        {b"content-type": b"text/plain"},
        {b"content-type": b""},
        {b"content-type": b"application/x-www-form-urlencoded"},
        {b"content-type": b"application/json; charset=latin-1"},
        {b"content-encoding": b"gzip"},
    ],
)
def test_anything_else_is_not(headers: dict[bytes, bytes]):
    with pytest.raises(ContentTypeError, match="must be"):
        check_content_type(headers)
