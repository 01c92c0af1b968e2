"""Where Redis is and how it wants to be greeted."""

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from redis.asyncio.connection import RedisSSLContext
from redis.exceptions import RedisError

from model.errors import InvalidInputError
from model.redis_url import TLS_OPTIONS, parse_redis_url
from model.regular_file import read_regular

_PORT = 6379


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
        url: as ``parse_redis_url`` takes it; a Cluster's may name several nodes: ``redis+cluster://a:1,b:2``.
        password_file: holds the password, in place of one in the URL.
        password: the same, by itself.
        ca_file: certificates to trust in place of the system's; only with TLS.

    Raises:
        InvalidInputError: naming the part that breaks its rule, and never the URL, which may hold
            a secret.
    """
    parsed, clustered = parse_redis_url(url, "redis_url")
    scheme = url.partition("://")[0]
    options = parsed[0]
    tls = {name: options[name] for name in TLS_OPTIONS & options.keys()}
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
