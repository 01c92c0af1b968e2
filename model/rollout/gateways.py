"""Wait until gateways answer with a version."""

import http.client
import json
import time
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from model.errors import CheckFailedError, InvalidInputError

_CALL_S = 5.0
_PAUSE_S = 0.05


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


def wait_live(
    gateways: Sequence[str],
    model: str,
    version: str,
    wait_s: float,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, float]:
    """Ask ``GET /v1/models`` of every gateway until each says that a version is live.

    Args:
        gateways: the address of each.
        model: its name.
        version: its digits.
        wait_s: longest time for all of them, in seconds.
        tell: is told of each that answers with it.

    Returns:
        How long it took until each one did, in seconds, by address.

    Raises:
        CheckFailedError: naming those that do not in time, and what they said last.
    """
    begun = time.monotonic()
    parts = {gateway: gateway_address(gateway) for gateway in gateways}
    missing, took = dict.fromkeys(gateways, "nothing yet"), dict[str, float]()
    while True:
        for gateway in list(missing):
            missing[gateway] = _live(parts[gateway], model)
            if missing[gateway] == f"version {version}":
                del missing[gateway]
                took[gateway] = round(time.monotonic() - begun, 3)
                tell(f"{gateway}: version {version} is live after {took[gateway]:.2f} s")
        if not missing:
            return took
        if time.monotonic() - begun >= wait_s:
            said = "; ".join(f"{gateway}: {state}" for gateway, state in missing.items())
            raise CheckFailedError(
                f"--gateway: must say within {wait_s:g} s that version {version} of {model!r} is "
                f"live; received {said}. current.json names it: dynint rollback undoes that"
            )
        time.sleep(_PAUSE_S)


def _live(parts: SplitResult, model: str) -> str:
    """Ask once; returns the live version, or what is in the way."""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_CALL_S)
    try:
        connection.request("GET", "/v1/models")
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            return f"status {response.status}"
        for each in json.loads(body)["models"]:
            if each["name"] == model:
                return f"version {each['version']}"
    except OSError as error:
        return error.strerror or type(error).__name__
    except (http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return f"no such answer: {type(error).__name__}"
    finally:
        connection.close()
    return f"no model {model!r}"
