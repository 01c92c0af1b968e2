"""What RFC 9112 says of messages, and what this gateway makes of it, where others were smuggled requests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway
from tests.integration.raw_http import HEAD, LIVEZ, ROW, RawConnection, post

CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
WHOLE = b"%x\r\n%s\r\n0\r\n" % (len(ROW), ROW)


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[LocalGateway]:
    settings = Settings(release_root=module_releases, model_name="sums", header_timeout_ms=2000)
    with local_gateway(settings, SumScorer()) as running:
        yield running


# Each is followed by GET /livez on the same connection: whoever sees the end of a request elsewhere
# answers otherwise.
TAKEN = {
    "2.2: an empty line before the request line": b"\r\n" + post(ROW),
    "2.2: two of them": b"\r\n\r\n" + post(ROW),
    "3.2.2: absolute form": post(ROW).replace(b"/predict", b"http://example.org/predict", 1),
    "5: no space after the colon": post(ROW).replace(b"content-length: ", b"content-length:"),
    "5: spaces around a value": post(ROW, b"a: \t b \t"),
    "5.1: names in any case": post(ROW).replace(b"content-length", b"CoNtEnT-LeNgTh"),
    "6.3: a length with leading zeros": HEAD + b"content-length: 0019\r\n\r\n" + ROW,
    "7.1: chunks": CHUNKED + WHOLE + b"\r\n",
    "7.1: the size in capitals, with zeros": CHUNKED + b"0013\r\n%s\r\n0\r\n\r\n" % ROW,
    "7.1: a coding in capitals": CHUNKED.replace(b"chunked", b"Chunked") + WHOLE + b"\r\n",
    "7.1.1: an extension": CHUNKED + WHOLE.replace(b"\r\n", b';a="b"\r\n', 1) + b"\r\n",
    "7.1.2: a trailer": CHUNKED + WHOLE + b"a: b\r\nhost: y\r\n\r\n",
    "3: white space between the words (a server may be lenient)": post(ROW).replace(
        b" /predict", b"  /predict", 1
    ),
    "RFC 9110, 7.8: an upgrade to h2c": post(
        ROW, b"connection: Upgrade, HTTP2-Settings", b"upgrade: h2c", b"http2-settings: AAMAAABk"
    ),
}


@pytest.mark.parametrize("rule", TAKEN)
def test_is_read_as_the_rule_says(connection: RawConnection, rule: str):
    connection.send(TAKEN[rule] + LIVEZ)
    assert connection.answer().json()["probabilities"]
    assert connection.answer().json() == {"status": "alive"}


REFUSED = {
    "2.2: a bare CR in a header": HEAD + b"a: b\rcontent-length: 2\r\n\r\n{}",
    "2.2: a bare LF at a header's end": HEAD + b"a: b\ncontent-length: 2\r\n\r\n{}",
    "2.2: bare LFs throughout": post(ROW).replace(b"\r\n", b"\n"),
    "2.2: a space before the first header": b"GET /livez HTTP/1.1\r\n host: x\r\n\r\n",
    "3: no version": b"GET /livez\r\n\r\n",
    "2.3: HTTP/2.0 without its preface": b"GET /livez HTTP/2.0\r\n\r\n",
    "2.3: HTTP/0.9 by its name": b"GET /livez HTTP/0.9\r\n\r\n",
    "3: a version in small letters": b"GET /livez http/1.1\r\n\r\n",
    "3.2: no host": post(ROW).replace(b"host: x\r\n", b"", 1),
    "3.2: two hosts": post(ROW, b"host: y"),
    "6.1: a coding that nobody here reads": HEAD
    + b"transfer-encoding: gzip, chunked\r\n\r\n"
    + WHOLE
    + b"\r\n",
    "3.2: a space in the target": b"GET /li vez HTTP/1.1\r\n\r\n",
    "5.1: a space before the colon": HEAD + b"content-length : 2\r\n\r\n{}",
    "5.1: a tab before the colon": HEAD + b"content-length\t: 2\r\n\r\n{}",
    "5.1: no name": HEAD + b": a\r\ncontent-length: 2\r\n\r\n{}",
    "5.1: a name that is no token": HEAD + b"a(b): c\r\ncontent-length: 2\r\n\r\n{}",
    "5.2: a folded line": HEAD + b"a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}",
    "5.5: a NUL": HEAD + b"a: b\0\r\ncontent-length: 2\r\n\r\n{}",
    "6.1: a coding before chunked and a length": HEAD
    + b"transfer-encoding: gzip, chunked\r\ncontent-length: 2\r\n\r\n{}",
    "6.1: chunked twice": HEAD + b"transfer-encoding: chunked, chunked\r\n\r\n" + WHOLE + b"\r\n",
    "6.1: chunked is not the last": HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n",
    "6.1: identity": HEAD + b"transfer-encoding: identity\r\ncontent-length: 2\r\n\r\n{}",
    "6.1: a vertical tab before the coding": HEAD + b"transfer-encoding: \x0bchunked\r\n\r\n",
    "6.1: two fields of codings and a length": HEAD
    + b"transfer-encoding: chunked\r\ntransfer-encoding: x\r\ncontent-length: 2\r\n\r\n{}",
    "6.3: a length and a coding": HEAD
    + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "6.3: two lengths": HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "6.3: a list of lengths": HEAD + b"content-length: 2, 2\r\n\r\n{}",
    "6.3: no length": HEAD + b"content-length:\r\n\r\n{}",
    "6.3: a length in hexadecimal": HEAD + b"content-length: 0x2\r\n\r\n{}",
    "6.3: a length with an underscore": HEAD + b"content-length: 1_0\r\n\r\n{}",
    "6.3: a length with a space in it": HEAD + b"content-length: 1 0\r\n\r\n{}",
    "7.1: a size that overflows": CHUNKED + b"fffffffffffffffff\r\n",
    "7.1: a negative size": CHUNKED + b"-1\r\n\r\n",
    "7.1: a size with a prefix": CHUNKED + b"0x13\r\n",
    "7.1: a space before the size": CHUNKED + b" 13\r\n",
    "7.1: no size": CHUNKED + b"\r\n\r\n",
    "7.1: a chunk without its line's end": CHUNKED + b"2\r\n{}0\r\n\r\n",
    "7.1: a chunk that is longer than its size": CHUNKED + b"2\r\n{}{\r\n0\r\n\r\n",
    "7.1: a bare LF after the size": CHUNKED + b"2\n{}\r\n0\r\n\r\n",
    "7.1.1: a bare LF in an extension": CHUNKED + b"2;a\n{}\r\n0\r\n\r\n",
    "7.1.2: a trailer that is no header": CHUNKED + WHOLE + b"a b\r\n\r\n",
    "7.1.2: a length as a trailer": CHUNKED + WHOLE + b"content-length: 5\r\n\r\n",
    "9.6: the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("rule", REFUSED)
def test_is_refused_and_nothing_after_it_is_read(connection: RawConnection, rule: str):
    connection.send(REFUSED[rule] + LIVEZ)
    answer = connection.answer()
    assert answer.problem(400)["type"] == "urn:dynint:problem:malformed-request"
    assert answer.headers["connection"] == "close"
    assert connection.is_closed()


@pytest.mark.parametrize(
    ("version", "wish"),
    [(b"1.0", b"a: b"), (b"1.0", b"connection: keep-alive"), (b"1.1", b"connection: close")],
)
def test_a_connection_ends_where_it_is_to(connection: RawConnection, version: bytes, wish: bytes):
    """HTTP/1.0 ends it always (a server need not keep it), HTTP/1.1 when it is told to."""
    connection.send(post(ROW, wish).replace(b"1.1", version, 1))
    assert connection.answer().status == 200
    assert connection.is_closed()


def test_what_follows_the_last_request_is_not_read(connection: RawConnection):
    connection.send(post(ROW, b"connection: close") + LIVEZ)
    assert connection.answer().status == 200
    assert connection.is_closed()


def test_options_of_the_whole_server_is_no_path(connection: RawConnection):
    connection.send(b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n" + LIVEZ)
    assert connection.answer().problem(404)
    assert connection.answer().status == 200


def test_a_client_that_waits_for_100_continue_gets_it_and_one_that_is_refused_does_not(
    connection: RawConnection,
):
    head = HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(ROW)
    connection.send(head)
    assert connection.answer(head_only=True).status == 100
    connection.send(ROW)
    assert connection.answer().status == 200
    connection.send(head.replace(b"application/json", b"text/plain"))
    connection.answer().problem(415)


def test_an_answer_to_head_has_no_body(connection: RawConnection):
    for path, status in ((b"/livez", 200), (b"/readyz", 200), (b"/", 200), (b"/metrics", 405)):
        rest = path + b" HTTP/1.1\r\nhost: x\r\nx-request-id: one\r\n\r\n"
        connection.send(b"HEAD " + rest + LIVEZ)
        answer = connection.answer(head_only=True)
        assert answer.status == status
        assert connection.answer().json() == {"status": "alive"}
        if status == 200:
            assert answer.headers == connection.send(b"GET " + rest).answer().headers
