"""The name of a request, in the log and in the answer."""

import re
from collections.abc import Iterator
from os import register_at_fork, urandom

_BYTES = 16
_AT_ONCE = 256

HEADER = b"x-request-id"
_PLAIN = re.compile(rb"[A-Za-z0-9_.:/+=@\-]{1,128}")
_ready: list[str] = []
register_at_fork(after_in_child=_ready.clear)  # or parent and child would give the same ones


def request_id_of(received: bytes | None) -> str:
    """Return the caller's id if it is one (1 to 128 plain characters), else a new one."""
    if received is not None and _PLAIN.fullmatch(received):
        return received.decode()
    if not _ready:
        _ready.extend(_new_ids())
    return _ready.pop()


def _new_ids() -> Iterator[str]:
    """Make many ids of one question to the system, which costs more than the rest of an id."""
    digits = urandom(_BYTES * _AT_ONCE).hex()
    return (digits[at : at + 2 * _BYTES] for at in range(0, len(digits), 2 * _BYTES))
