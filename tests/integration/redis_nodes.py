"""The six nodes of the Redis Cluster in ``deploy/kubernetes``, started and formed by its own scripts."""

import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from tests.integration.processes import free_port, wait_until

SCRIPTS = Path(__file__).parents[2] / "deploy" / "kubernetes" / "base" / "redis"
PASSWORD = "a-Password_of.letters~1"  # noqa: S105 (of the test itself)


def port_with_bus() -> int:
    """Find a port that is free together with the bus' one, 10,000 above."""
    while True:
        port = free_port()
        with suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", port + 10_000)):
            return port


class Nodes:
    """Six nodes as the StatefulSet starts them, on loopback addresses and in folders of their own."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("redis-cli") or not shutil.which("redis-server"):
            pytest.skip("no redis-cli: install Redis' own tools")
        self.folder = folder
        self.secret = folder / "password"
        self.secret.write_text(PASSWORD + "\n")
        self.port = port_with_bus()
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.move(1)

    def move(self, net: int) -> None:
        """Give each another address, 127.0.net.x, from its next start on."""
        self.hosts = [f"127.0.{net}.{place + 1}" for place in range(6)]
        (self.folder / "nodes").write_text("".join(f"{host}:{self.port}\n" for host in self.hosts))

    def env(self) -> dict[str, str]:
        given = {"PASSWORD_FILE": str(self.secret), "PORT": str(self.port)}
        given |= {"NODES_FILE": str(self.folder / "nodes"), "CONFIG": str(SCRIPTS / "redis.conf")}
        return {**os.environ, **given}

    def start(self, place: int, *options: str, **env: str) -> None:
        data = self.folder / str(place)
        data.mkdir(exist_ok=True)
        host = self.hosts[place]
        with (data / "log").open("ab") as log:
            self.processes[place] = subprocess.Popen(
                [
                    *("sh", str(SCRIPTS / "start.sh"), "--port", str(self.port)),
                    *("--bind", host, *options),
                ],
                env={**self.env(), "DATA": str(data), "POD_IP": host, **env},
                stdout=log,
                stderr=log,
            )

    def stop(self, place: int) -> None:
        self.processes[place].send_signal(signal.SIGTERM)
        self.processes[place].wait(20)

    def in_order(self) -> bool:
        """Tell whether every node sees all six where they are, connected and well."""
        try:
            for place in range(6):
                with self.ask(place) as client:
                    state = client.execute_command("CLUSTER", "INFO")
                    seen = client.execute_command("CLUSTER", "NODES").decode().splitlines()
                lines = [line.split() for line in seen]
                well = [line for line in lines if line[7] == "connected" and "fail" not in line[2]]
                if b"cluster_state:ok" not in state or len(lines) != 6:
                    return False
                if {line[1].partition(":")[0] for line in well} != set(self.hosts):
                    return False
        except redis.RedisError:
            return False
        return True

    def form(self, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(SCRIPTS / "form.sh")],
            env={**self.env(), **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def kill_a_master_with_its_replica(self) -> tuple[int, int]:
        """Kill both, and not the first node, and wait until that one knows; returns their places."""
        places = {}
        masters = {}
        for line in map(str.split, self.nodes_of_first()):
            places[line[0]] = self.hosts.index(line[1].partition(":")[0])
            if "slave" in line[2]:
                masters[line[0]] = line[3]
        pairs = [(places[master], places[replica]) for replica, master in masters.items()]
        lost = next(pair for pair in pairs if 0 not in pair)
        for place in lost:
            self.processes[place].kill()
            self.processes[place].wait()
        wait_until(lambda: sum(",fail " in line for line in self.nodes_of_first()) == 2, 60)
        return lost

    def nodes_of_first(self) -> list[str]:
        """List the nodes as the first one sees them."""
        with self.ask(0) as client:
            return client.execute_command("CLUSTER", "NODES").decode().splitlines()

    def ask(self, place: int) -> redis.Redis:
        return redis.Redis(host=self.hosts[place], port=self.port, password=PASSWORD)

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
