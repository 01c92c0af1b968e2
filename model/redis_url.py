"""Where Redis is, as a text: which ones can be used, told without the secret that they may hold."""

import re
from typing import Any

from redis.asyncio.connection import parse_url

from model.errors import InvalidInputError
from model.redis_schemes import SCHEMES

TLS_OPTIONS = frozenset(
    f"ssl_{name}" for name in ("ca_certs", "ca_path", "certfile", "keyfile", "check_hostname")
)
"""What an address may say after its ``?`` of certificates."""

_PARTS = frozenset({"host", "port", "db", "path", "username", "password", "connection_class"})
_CLUSTER = "+cluster"
_AUTHORITY = re.compile("[^/?#]*")
_DATABASE = re.compile(r"/?([0-9]{1,9})?", re.ASCII)
_RULE = (
    "must be scheme://[user][:password]@host[:port][/database], with every '/', '#', '?', '@' and '%' "
    "of the password as %2F, %23, %3F, %40 and %25"
)


def parse_redis_url(url: str, name: str) -> tuple[list[dict[str, Any]], bool]:
    """Read an address: redis-py's options of each server, and whether they are a Cluster's nodes.

    Args:
        url: one of ``SCHEMES``; a Cluster's may name several nodes: ``redis+cluster://a:1,b:2``.
        name: of the option or setting that holds it, for the error.

    Raises:
        InvalidInputError: naming the option and the part that breaks its rule, and nothing of the
            address.
    """
    if not url.startswith(SCHEMES):
        raise InvalidInputError(
            f"{name}: must be an address that starts with one of {', '.join(SCHEMES)}; "
            "received something else"
        )
    scheme, _, rest = url.partition("://")
    clustered = scheme.endswith(_CLUSTER)
    # Several hosts are no URL: newer Pythons' urlsplit refuses them beside a bracketed one.
    authority = _AUTHORITY.findall(rest)[0]
    path = rest[len(authority) :]
    credentials, at, hosts = authority.rpartition("@")
    plain = scheme.removesuffix(_CLUSTER)
    servers = hosts.split(",") if clustered else [hosts]
    try:
        parsed: list[dict[str, Any]] = [
            {**parse_url(f"{plain}://{credentials}{at}{server}{path}")} for server in servers
        ]
        usable = not _looks_cut(path, plain)
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInputError(f"{name}: {_RULE}; received something else")
    if parsed[0].keys() - _PARTS - TLS_OPTIONS:
        raise InvalidInputError(
            f"{name}: its options must be of db, {', '.join(sorted(TLS_OPTIONS))}; received another"
        )
    if clustered and parsed[0].get("db"):
        raise InvalidInputError(f"{name}: a Cluster has only database 0; received another")
    return parsed, clustered


def _looks_cut(rest: str, scheme: str) -> bool:
    """Tell whether what follows the hosts may be the rest of a password.

    One that has a '/', '#' or '?' in it is cut there: its beginning would pass for host and port.
    """
    path = rest.partition("?")[0]
    known = path.startswith("/") if scheme == "unix" else _DATABASE.fullmatch(path)
    return not known or "@" in rest
