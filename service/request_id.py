"""The name of a request, in the log and in the answer."""

import re
from os import urandom

HEADER = b"x-request-id"
_PLAIN = re.compile(rb"[A-Za-z0-9_.:/+=@\-]{1,128}")


def request_id_of(received: bytes | None) -> str:
    """Return the caller's id if it is one (1 to 128 plain characters), else a new one."""
    if received is not None and _PLAIN.fullmatch(received):
        return received.decode()
    return urandom(16).hex()
