"""An API key: how one is made, and what is kept of it."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

from service.access.rate import Limits

PREFIX = "dynint_"
"""What a key begins with, so that scanners for secrets find it where it should not be."""

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", re.ASCII)
"""What a caller may be called."""

_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key.

    Attributes:
        name: whose it is; a caller may have several keys.
        digest: SHA-256 of the key, 32 bytes.
        limits: the caller's, in place of those of the settings.
    """

    name: str
    digest: bytes
    limits: Limits = field(default_factory=dict, hash=False)


def new_key() -> str:
    """Make a key of 256 random bits: too many to guess, so that a plain hash keeps it secret."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def digest_of(key: bytes) -> bytes:
    """Return a key's SHA-256."""
    return hashlib.sha256(key).digest()
