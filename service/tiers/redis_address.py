"""Where Redis is and how it wants to be greeted."""

import re
import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from redis.asyncio.connection import RedisSSLContext, parse_url
from redis.exceptions import RedisError

from model.errors import InvalidInputError
from model.redis_schemes import SCHEMES
from model.regular_file import read_regular

_CLUSTER = "+cluster"
_AUTHORITY = re.compile("[^/?#]*")
_PORT = 6379
_DATABASE = re.compile(r"/?([0-9]{1,9})?", re.ASCII)
_RULE = (
    "must be scheme://[user][:password]@host[:port][/database], with every '/', '#', '?', '@' and '%' "
    "of the password as %2F, %23, %3F, %40 and %25"
)
_TLS = frozenset(
    f"ssl_{name}" for name in ("ca_certs", "ca_path", "certfile", "keyfile", "check_hostname")
)


@dataclass(frozen=True)
class RedisAddress:
    """One server, and what to say to it first.

    Attributes:
        host: name or address; empty for a socket in the file system.
        port: TCP port.
        path: of the socket in the file system; empty for TCP.
        db: number of the database; always 0 in a Cluster.
        username: empty for the default user.
        password: empty if none is needed.
        password_file: read at each connection in place of ``password``, so that it can change.
        tls: how certificates are verified, or ``None`` for plain text.
    """

    host: str = "localhost"
    port: int = _PORT
    path: str = ""
    db: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    password_file: Path | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Name the server for logs, without secrets."""
        return self.path or f"{self.host}:{self.port}"

    def at(self, host: str, port: int) -> Self:
        """Name another server that is greeted in the same way."""
        return replace(self, host=host, port=port, path="", db=0)

    def greeting(self) -> list[tuple[str | bytes, ...]]:
        """List the commands that a connection starts with.

        Raises:
            OSError: if the password's file cannot be read.
        """
        password: str | bytes = self.password
        if self.password_file is not None:
            password = read_regular(self.password_file).strip()
        commands: list[tuple[str | bytes, ...]] = []
        if password:
            user = (self.username,) if self.username else ()
            commands.append(("AUTH", *user, password))
        if self.db:
            commands.append(("SELECT", str(self.db)))
        return commands


def parse_address(
    url: str,
    password_file: Path | None = None,
    ca_file: Path | None = None,
    password: str = "",
) -> tuple[list[RedisAddress], bool]:
    """Read a URL: the servers to begin with, and whether they are nodes of a Cluster.

    Args:
        url: one of ``SCHEMES``; a Cluster's may name several nodes: ``redis+cluster://a:1,b:2``.
        password_file: holds the password, in place of one in the URL.
        password: the same, by itself.
        ca_file: certificates to trust in place of the system's; only with TLS.

    Raises:
        InvalidInputError: naming the part that breaks its rule, and never the URL, which may hold
            a secret.
    """
    if not url.startswith(SCHEMES):
        raise InvalidInputError(f"redis_url: must start with one of {', '.join(SCHEMES)}")
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
        looks_cut = _looks_cut(path, plain)
    except ValueError:
        looks_cut = True
    if looks_cut:
        raise InvalidInputError(f"redis_url: {_RULE}; received something else") from None
    options = parsed[0]
    tls = {name: options.pop(name) for name in _TLS & options.keys()}
    unknown = options.keys() - {"host", "port", "db", "path", "username", "password"}
    unknown -= {"connection_class"}
    if unknown:
        raise InvalidInputError(
            f"redis_url: its options must be of db, {', '.join(sorted(_TLS))}; received another"
        )
    if clustered and options.get("db"):
        raise InvalidInputError("redis_url: a Cluster has only database 0; received another")
    if password_file is not None and (password or options.get("password")):
        raise InvalidInputError("redis_password_file: must not be given beside another password")
    if password and options.get("password"):
        raise InvalidInputError("redis_password: must not be given beside a password in the URL")
    first = RedisAddress(
        host="" if scheme == "unix" else options.get("host", "localhost"),
        port=options.get("port", _PORT),
        path=options.get("path", ""),
        db=options.get("db", 0),
        username=options.get("username", ""),
        password=password or options.get("password", ""),
        password_file=password_file,
        tls=_context(tls, ca_file) if scheme.startswith("rediss") else None,
    )
    if ca_file is not None and first.tls is None:
        raise InvalidInputError(
            "redis_ca_file: needs a rediss:// address; received one without TLS"
        )
    others = [
        first.at(each.get("host", "localhost"), each.get("port", _PORT)) for each in parsed[1:]
    ]
    return [first, *others], clustered


def _context(options: dict[str, Any], ca_file: Path | None) -> ssl.SSLContext:
    """Verify certificates and, unless the URL says otherwise, their host's name."""
    if ca_file is not None:
        options["ssl_ca_certs"] = str(ca_file)
    plain = {name.removeprefix("ssl_"): value for name, value in options.items()}
    try:
        return RedisSSLContext(
            cert_reqs="required",
            check_hostname=plain.pop("check_hostname", True),
            min_version=ssl.TLSVersion.TLSv1_2,
            **plain,
        ).get()
    except (OSError, RedisError) as error:
        named = options.get("ssl_ca_certs") or ", ".join(sorted(options)) or "the system's store"
        raise InvalidInputError(
            f"redis_ca_file: must be readable certificates (PEM); {named}: {error}"
        ) from None


def _looks_cut(rest: str, scheme: str) -> bool:
    """Tell whether what follows the hosts may be the rest of a password.

    One that has a '/', '#' or '?' in it is cut there: its beginning would pass for host and port.
    """
    path = rest.partition("?")[0]
    known = path.startswith("/") if scheme == "unix" else _DATABASE.fullmatch(path)
    return not known or "@" in rest
