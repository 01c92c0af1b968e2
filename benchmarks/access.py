"""``python -m benchmarks.access``: what a request's key and limits cost at the gateway's door.

Each figure is the least of several rounds, in microseconds of one request: a door that lets everybody
in, one with so many keys, the same with limits, one with limits by address and so many addresses.
"""

import json
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from prometheus_client import CollectorRegistry
from starlette.types import Scope

from service.access.api_key import digest_of, new_key
from service.access.guard import Guard
from service.access.key_ring import KeyRing
from service.access.metrics import AccessMetrics
from service.access.rate import Rate

KEYS = 1_000
ADDRESSES = 100_000
REQUESTS = 20_000
ROUNDS = 7
_LIMITS = Rate(requests=1e9, rows=1e9)
_HEADERS = [
    (b"host", b"ctr.example:8080"),
    (b"user-agent", b"python-httpx/0.28.1"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"connection", b"keep-alive"),
    (b"content-type", b"application/json"),
    (b"content-length", b"48213"),
]


def guard(rate: Rate, keys: list[str]) -> Guard:
    """Make a door that knows these keys, each of a caller of its own."""
    made = Guard(AccessMetrics(CollectorRegistry()), rate)
    if keys:
        lines = [f"caller{n}:{digest_of(key.encode()).hex()}" for n, key in enumerate(keys)]
        made.use(KeyRing.from_bytes("\n".join(lines).encode(), Path("keys")))
    return made


def microseconds(door: Guard, scopes: list[Scope]) -> float:
    """Measure one request with its payment of 100 rows."""
    best = float("inf")
    for _ in range(ROUNDS):
        asked = list(islice(cycle(scopes), REQUESTS))
        began_ns = perf_counter_ns()
        for scope in asked:
            _, allowance = door.admit(scope)
            if allowance is not None:
                allowance.pay(100)
        best = min(best, (perf_counter_ns() - began_ns) / REQUESTS / 1e3)
    return round(best, 2)


def main() -> dict[str, Any]:
    """Measure all doors."""
    keys = [new_key() for _ in range(KEYS)]
    anybody: list[Scope] = [{"headers": _HEADERS, "client": ("10.0.0.1", 1)}]
    callers: list[Scope] = [
        {"headers": [*_HEADERS, (b"authorization", f"Bearer {key}".encode())]} for key in keys
    ]
    clients: list[Scope] = [
        {"headers": _HEADERS, "client": (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 1)}
        for n in range(ADDRESSES)
    ]
    return {
        "nothing_asked_us": microseconds(guard(Rate(), []), anybody),
        "keys_us": microseconds(guard(Rate(), keys), callers),
        "keys_and_limits_us": microseconds(guard(_LIMITS, keys), callers),
        "address_limits_us": microseconds(guard(_LIMITS, []), clients),
    }


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
