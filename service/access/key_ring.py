"""The keys of a file, and whose a key is."""

import hmac
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from model.errors import InvalidInputError
from service.access.api_key import NAME, ApiKey, digest_of
from service.access.rate import Limits

MOST_BYTES = 2**20
"""Largest file of keys."""

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LIMIT = re.compile(
    r"(requests|rows)=(none|[0-9]{1,12}(?:\.[0-9]{1,6})?)|(burst)=([0-9]{1,9})", re.ASCII
)
_FORM = "NAME:SHA-256[:requests=N,burst=N,rows=N]"


class KeyRing:
    """Keys by their digests.

    A file has one key a line, ``name:sha256-hex`` or with limits of the caller's own,
    ``name:sha256-hex:requests=50,burst=100,rows=20000``: any of the three; those that are not given
    are the settings', and ``none`` lifts one. Empty lines and those that begin with ``#`` say
    nothing. Lines of one name are keys of one caller: they share its limits, which each of them
    gives alike.

    Args:
        keys: the keys.
    """

    def __init__(self, keys: Iterator[ApiKey] | tuple[ApiKey, ...] = ()) -> None:
        self._by_digest = {key.digest: key for key in keys}

    @classmethod
    def from_bytes(cls, content: bytes, path: Path) -> Self:
        """Read a file's content.

        Raises:
            InvalidInputError: naming the line and the rule that it breaks, and nothing of what it
                says: somebody may have put a key where its hash belongs.
        """
        if len(content) > MOST_BYTES:
            raise InvalidInputError(f"{path}: must have at most {MOST_BYTES:,} bytes; it has more")
        try:
            lines = content.decode().splitlines()
        except UnicodeDecodeError:
            raise InvalidInputError(f"{path}: must be text in UTF-8; it is not") from None
        found: dict[bytes, ApiKey] = {}
        limits: dict[str, Limits] = {}
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            place = f"{path}:{number}"
            key = _read(text, place)
            if key.digest in found:
                raise InvalidInputError(f"{place}: must be another key than the lines above have")
            if limits.setdefault(key.name, key.limits) != key.limits:
                raise InvalidInputError(
                    f"{place}: must have the limits of the lines above with its name; "
                    "received others"
                )
            found[key.digest] = key
        if not found:  # it may be about to be written
            raise InvalidInputError(f"{path}: must have a key at least; it has none")
        return cls(iter(found.values()))

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._by_digest)

    def find(self, key: bytes) -> ApiKey | None:
        """Find whose a key is.

        The look-up is by the digest, of which nobody can choose a part, and what it finds is compared
        in constant time: how long it takes says nothing of the keys.
        """
        digest = digest_of(key)
        found = self._by_digest.get(digest)
        if found is None or not hmac.compare_digest(found.digest, digest):
            return None
        return found

    def limits(self) -> dict[str, Limits]:
        """List the callers and what each has limits of its own for."""
        return {key.name: key.limits for key in self._by_digest.values()}


def _read(text: str, place: str) -> ApiKey:
    name, _, rest = text.partition(":")
    digest, has_limits, limits = rest.partition(":")
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            f"{place}: the name must be at most 64 letters, digits, '_', '-' and '.'; "
            f"received another. A line is {_FORM}"
        )
    if not _DIGEST.fullmatch(digest):
        raise InvalidInputError(
            f"{place}: the hash must be 64 digits of 0-9 and a-f; received {len(digest)} other "
            f"characters. A line is {_FORM}"
        )
    return ApiKey(name, bytes.fromhex(digest), _limits(limits, place) if has_limits else {})


def _limits(text: str, place: str) -> dict[str, float | None]:
    given: dict[str, float | None] = {}
    for part in text.split(","):
        found = _LIMIT.fullmatch(part)
        name, value = (found[1] or found[3], found[2] or found[4]) if found else ("", "0")
        if name in given or (value != "none" and not float(value) > 0):
            raise InvalidInputError(
                f"{place}: limits must be requests=N, burst=N or rows=N, each once, N above 0 "
                "(burst: a whole number; the others may be 'none'); received something else"
            )
        given[name] = None if value == "none" else float(value)
    return given
