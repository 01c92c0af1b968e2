"""``python -m tests.fuzz.http_noise http://127.0.0.1:8080 --seconds 60``: bytes that are nearly HTTP.

Messages that are right, wrong and in between are changed at random, put one behind the other and sent twice, in one
piece and in pieces cut at random. What comes back must be HTTP, with no 5xx but those of a gateway that has
too much to do, and the same statuses both times: a parser that is cut must not read otherwise.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from tests.integration.raw_http import HEAD, LIVEZ, ROW, post

QUIET_S = 0.5
"""A connection that says nothing for so long is taken to wait for more."""

_CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
_MESSAGES = (
    post(ROW),
    post(ROW, b"x-request-id: a"),
    post(ROW, b"connection: close"),
    post(ROW, b"expect: 100-continue"),
    post(ROW, b"connection: Upgrade, HTTP2-Settings", b"upgrade: h2c", b"http2-settings: AAMAAABk"),
    post(b'{"instances": [{"nobody": 1}]}'),
    post(ROW[:-1]),
    LIVEZ,
    b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET http://x/livez HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /v1/models HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
    _CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(ROW), ROW),
    _CHUNKED + b'5;a="b"\r\n%s\r\n%x\r\n%s\r\n0\r\na: b\r\n\r\n' % (ROW[:5], len(ROW) - 5, ROW[5:]),
    HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
    HEAD + b"a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}",
    HEAD + b"content-length : 2\r\n\r\n{}",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)
_SPICES = (
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b" ",
        b"\t",
        b":",
        b"\0",
        b"\x0b",
        b"\x85",
        b"\xff",
        b",",
    ),
    *(
        b"content-length: 0\r\n",
        b"transfer-encoding: chunked\r\n",
        b"0\r\n\r\n",
        b"ffffffffffffffff",
    ),
    *(b"HTTP/1.0", b"HTTP/0.9", b"connection: close\r\n", b"upgrade: h2c\r\n", b"x" * 40_000, b";"),
    *(b"expect: 100-continue\r\n", b"content-encoding: gzip\r\n", b"host: y\r\n", b"/../", b"%00"),
)


@dataclass
class Noise:
    """What came of it.

    Attributes:
        cases: how many were sent.
        statuses: how often each came.
        findings: what must not have come, with the bytes that brought it.
    """

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


def make(random: Random) -> bytes:
    """Make the bytes of one connection."""
    data = bytearray(b"".join(random.choices(_MESSAGES, k=random.randint(1, 4))))
    for _ in range(random.choice([0, 1, 1, 2, 4])):
        at = random.randrange(len(data) + 1)
        choice = random.random()
        if choice < 0.5:
            data[at:at] = random.choice(_SPICES)
        elif choice < 0.7:
            del data[at : at + random.randint(1, 8)]
        elif choice < 0.9:
            data[at : at + 1] = random.randbytes(1)
        else:
            data[at:at] = random.randbytes(random.randint(1, 64))
    return bytes(data)


def cut(data: bytes, random: Random) -> list[bytes]:
    """Cut at up to eight places; some pieces are of one byte."""
    places = sorted({random.randrange(len(data) + 1) for _ in range(random.randint(1, 8))})
    places += [place + 1 for place in places[:2]]
    ends = sorted({0, *places, len(data)})
    return [data[a:b] for a, b in pairwise(ends) if data[a:b]]


async def exchange(host: str, port: int, pieces: list[bytes]) -> bytes:
    """Send pieces and read until the other side closes or is quiet."""
    reader, writer = await asyncio.open_connection(host, port)
    received = b""
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            if len(pieces) > 1:
                await asyncio.sleep(0.002)
        while piece := await asyncio.wait_for(reader.read(65536), QUIET_S):
            received += piece
    except (OSError, TimeoutError):
        pass  # it closed while something was still under way to it, or it waits
    finally:
        writer.close()
    return received


def statuses_of(received: bytes) -> list[int]:
    """Read the answers' statuses.

    Raises:
        ValueError: if it is not HTTP; an answer that is cut short is let pass.
    """
    found = []
    while received:
        head, end, rest = received.partition(b"\r\n\r\n")
        if not end:
            break
        first, *lines = head.split(b"\r\n")
        version, _, status = first[:12].partition(b" ")
        if version != b"HTTP/1.1" or not status.isdigit():
            raise ValueError(f"no answer: {first!r}")
        headers = dict(line.lower().split(b": ", 1) for line in lines)
        found.append(int(status))
        length = int(headers.get(b"content-length", b"0"))
        body, received = rest[:length], rest[length:]
        if len(body) == length and int(status) >= 400:
            if headers[b"content-type"] != b"application/problem+json" or len(body) >= 4096:
                raise ValueError(f"no problem: {head!r}")
            if json.loads(body)["status"] != int(status):
                raise ValueError(f"another status: {body!r}")
    return found


def agree(one: list[int], other: list[int]) -> bool:
    """Tell whether two readings of the same bytes are one.

    One that waited longer for its answers has more of them. What is wrong in two ways, such as
    headers that are too large and malformed, or a malformed body of a request that is refused at its
    head, may be told either way; nothing comes after it.
    """
    for place, (this, that) in enumerate(zip(one, other, strict=False)):
        if this != that:
            is_last = place == len(one) - 1 == len(other) - 1
            return is_last and not {this, that}.isdisjoint({400, 431})
    return True


async def attempt(host: str, port: int, seed: int, noise: Noise) -> None:
    """Send one case both ways."""
    random = Random(seed)
    data = make(random)
    seen = []
    for pieces in ([data], cut(data, random)):
        received = await exchange(host, port, pieces)
        try:
            seen.append(statuses_of(received))
        except (ValueError, KeyError) as error:
            noise.findings.append(f"seed {seed}: {error!r} after {data!r}")
            return
    noise.cases += 1
    noise.statuses.update(seen[0])
    failed = [status for status in seen[0] + seen[1] if status >= 500 and status != 503]
    if failed or not (503 in seen[0] + seen[1] or agree(*seen)):
        noise.findings.append(f"seed {seed}: {seen} after {data!r}")


async def make_noise(url: str, seconds: float, seed: int, most: int = 32) -> Noise:
    """Send cases for so long, at most so many at a time."""
    host, port = url.removeprefix("http://").split(":")
    noise = Noise()
    seeds = iter(range(seed, 1 << 62))
    end_s = time.monotonic() + seconds

    async def client() -> None:
        while time.monotonic() < end_s:
            await attempt(host, int(port), next(seeds), noise)

    await asyncio.gather(*(client() for _ in range(most)))
    return noise


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    noise = asyncio.run(make_noise(options.url.rstrip("/"), options.seconds, options.seed))
    print("\n".join(noise.findings), file=sys.stderr)
    print(json.dumps({"cases": noise.cases, "statuses": dict(sorted(noise.statuses.items()))}))
    return 1 if noise.findings else 0


if __name__ == "__main__":
    sys.exit(main())
