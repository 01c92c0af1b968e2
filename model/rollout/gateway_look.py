"""Ask a gateway what it serves, at each of its addresses."""

import http.client
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from model.errors import InvalidInputError

_CALL_S = 5.0
_REFUSALS = frozenset({401, 403, 404})

Resolve = Callable[..., list[tuple[Any, ...]]]
"""``socket.getaddrinfo``, or what answers as it does."""


@dataclass(frozen=True)
class Look:
    """What one address answered to ``GET /v1/models``.

    Attributes:
        address: who was asked: the gateway, and of several addresses which one.
        status: of the answer; 0 if none came.
        trouble: what was in the way; empty if nothing was.
        models: the answer's models by name; empty with any trouble.
    """

    address: str
    status: int = 0
    trouble: str = ""
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def refusal(self) -> str:
        """Why asking again is in vain, and what to do; empty if it is not."""
        if self.status not in _REFUSALS:
            return ""
        return (
            f"{self.address} answers GET /v1/models with {self.status}. Name the gateway's admin "
            "port (DYNINT_ADMIN_PORT) in its place: no key is asked for there"
        )


def gateway_address(url: str) -> SplitResult:
    """Take a gateway's address apart.

    Raises:
        InvalidInputError: if it is not ``http[s]://host[:port]``.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.path.strip("/") or parts.query or parts.username:
        raise InvalidInputError(f"--gateway: must be http[s]://host[:port]; received {url[:80]!r}")
    return parts


def look(url: str, resolve: Resolve = socket.getaddrinfo) -> list[Look]:
    """Ask ``GET /v1/models`` once at every address that a gateway's name has.

    A name may stand for several gateways, as a headless Service's does. The addresses are those of
    one family (IPv4 or IPv6), the first in which anybody answers: those of the other lead to the same
    gateways. With TLS the name itself is asked, once: the certificate is the name's.

    Args:
        url: ``http[s]://host[:port]``.
        resolve: finds a name's addresses.

    Returns:
        What each said, at least one.

    Raises:
        InvalidInputError: if ``url`` is of another form.
    """
    parts = gateway_address(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return [_ask(http.client.HTTPSConnection(host, parts.port, timeout=_CALL_S), parts, url)]
    port = parts.port or http.client.HTTP_PORT
    families: dict[int, dict[str, None]] = {}
    try:
        for family, _, _, _, address in resolve(host, port, type=socket.SOCK_STREAM):
            families.setdefault(int(family), {})[str(address[0])] = None
    except (OSError, UnicodeError) as error:
        return [Look(url, trouble=getattr(error, "strerror", None) or "no name of a host")]
    looks: list[list[Look]] = []
    for found in families.values():
        looks.append([])
        for each in found:
            name = url if len(found) == 1 else f"{url} ({each})"
            connection = http.client.HTTPConnection(each, port, timeout=_CALL_S)
            looks[-1].append(_ask(connection, parts, name))
        if any(said.status for said in looks[-1]):
            return looks[-1]
    return looks[0] if looks else [Look(url, trouble="has no address")]


def _ask(connection: http.client.HTTPConnection, parts: SplitResult, name: str) -> Look:
    status = 0
    try:
        host = parts.netloc.rpartition("@")[2]
        connection.request("GET", "/v1/models", headers={"Host": host})
        response = connection.getresponse()
        status, body = response.status, response.read()
        if status != http.client.OK:
            return Look(name, status, f"status {status}")
        return Look(
            name, status, models={each["name"]: each for each in json.loads(body)["models"]}
        )
    except OSError as error:
        return Look(name, status, error.strerror or type(error).__name__)
    except (http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return Look(name, status, f"no such answer: {type(error).__name__}")
    finally:
        connection.close()
