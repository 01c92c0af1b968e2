"""Redis in its other shapes for the tests: with options of its own, with TLS, as a Cluster."""

import subprocess
from bisect import bisect_right
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest
import redis
from redis.crc import key_slot

from tests.integration.processes import RedisServer, free_port, wait_until

BOUNDS = (0, 5461, 10923, 16384)
"""First slot of each node, and how many slots there are."""


class RedisWith(RedisServer):
    """A redis-server with further options.

    Args:
        *options: as on its command line.
        port: a free one by default.
    """

    def __init__(self, *options: str, port: int | None = None) -> None:
        super().__init__(port)
        self._command += options


class Authority:
    """A certificate authority and one server's certificate, made by openssl in a folder."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.cert, self.key = (folder / f"{name}.pem" for name in ("ca", "cert", "key"))
        ca_key, request = folder / "ca.key", folder / "server.csr"
        new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-batch"]
        names = folder / "names"
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        sign = ["openssl", "x509", "-req", "-days", "2", "-in", request, "-out", self.cert]
        usage = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign"]
        for command in (
            [*new, "-x509", "-subj", "/CN=test CA", *usage, "-keyout", ca_key, "-out", self.ca],
            [*new, "-subj", "/CN=localhost", "-keyout", self.key, "-out", request],
            [*sign, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-extfile", names],
        ):
            subprocess.run(list(map(str, command)), check=True, capture_output=True)

    def server(self) -> "TlsRedis":
        """Make a redis-server with this certificate."""
        return TlsRedis(self)


class TlsRedis(RedisWith):
    """A redis-server that speaks TLS on ``tls_port`` and plain text on ``port``."""

    def __init__(self, authority: Authority) -> None:
        self.tls_port = free_port()
        super().__init__(
            *("--tls-port", str(self.tls_port), "--tls-auth-clients", "no"),
            *("--tls-cert-file", str(authority.cert), "--tls-key-file", str(authority.key)),
            *("--tls-ca-cert-file", str(authority.ca)),
        )
        tried = [self._command[0], *("--port", "0", "--tls-port", "1", "--dir", "/nonexistent")]
        if b"tls" in subprocess.run(tried, check=False, capture_output=True).stderr:
            pytest.skip("this redis-server has no TLS")
        self.url = f"rediss://localhost:{self.tls_port}"


class RedisClusterOf3:
    """Three masters that share the slots.

    Attributes:
        nodes: the servers.
        url: names the first one only.
    """

    def __init__(self, folder: Path) -> None:
        self.nodes = []
        for place in range(3):
            (folder / str(place)).mkdir()
            self.nodes.append(
                RedisWith(
                    *("--cluster-enabled", "yes", "--dir", str(folder / str(place))),
                    *("--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no"),
                    *("--cluster-port", str(free_port())),
                )
            )
        self.url = f"redis+cluster://127.0.0.1:{self.nodes[0].port}"
        self._stack = ExitStack()
        self._clients: dict[int, redis.Redis] = {}

    def client(self, place: int) -> redis.Redis:
        """Connect to one node, and only to it."""
        if place not in self._clients:
            made = redis.Redis(port=self.nodes[place].port)
            self._clients[place] = self._stack.enter_context(made)
        return self._clients[place]

    def ids(self) -> list[str]:
        """List the nodes' ids."""
        return [
            self.client(place).execute_command("CLUSTER", "MYID").decode() for place in range(3)
        ]

    def has(self, key: bytes) -> bool:
        """Tell whether the node of a key has it."""
        place = bisect_right(BOUNDS, key_slot(key)) - 1
        return bool(self.client(place).exists(key))

    def _agree(self) -> bool:
        infos = [self.client(place).execute_command("CLUSTER", "INFO") for place in range(3)]
        wanted = (b"cluster_state:ok", b"cluster_slots_ok:16384", b"cluster_known_nodes:3")
        return all(text in info for info in infos for text in wanted)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        for node in self.nodes:
            self._stack.enter_context(node)
        for place in range(3):
            client = self.client(place)
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", BOUNDS[place], BOUNDS[place + 1] - 1)
            for other in self.nodes:
                bus = other._command[other._command.index("--cluster-port") + 1]
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", other.port, bus)
        wait_until(self._agree)

    def __exit__(self, *_: object) -> None:
        self._stack.close()
