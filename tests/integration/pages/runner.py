"""Types a page's commands into a shell."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.integration.pages.page import ROOT, Block
from tests.integration.processes import free_port, wait_until

_SERVERS = re.compile(r"\bdynint (serve|model-server)\b")
_READY = re.compile(r"^ready: |listening on .*:\d+", re.MULTILINE)
LONGEST_S = 900.0
START_S = 240.0


class Runner:
    """A folder in which a reader works. What serves goes on in the background, to the end.

    Ports of the pages become free ones, as others may have those.

    Args:
        folder: where the commands run.
        code: root of the code that they run; by default this one.
        **replaced: further texts of the pages, each with what is typed in its place.
    """

    def __init__(
        self, folder: Path, code: Path = ROOT, replaced: dict[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port, self.grpc_port = free_port(), free_port()
        self.replaced = {
            "localhost:8080": f"localhost:{self.port}",
            "localhost:8500": f"localhost:{self.grpc_port}",
            "--port 8500": f"--port {self.grpc_port}",
            "ADMIN_PORT=9090": f"ADMIN_PORT={free_port()}",
            **(replaced or {}),
        }
        self._servers: dict[str, tuple[subprocess.Popen[bytes], Path]] = {}
        python = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
        dynint = f'#!/bin/sh\nexec {sys.executable} -m dynint "$@"\n'
        scripts = folder / ".venv" / "bin"
        scripts.mkdir(parents=True)
        for name, text in (("python", python), ("dynint", dynint)):
            (scripts / name).write_text(text)
            (scripts / name).chmod(0o755)
        self._env = {
            **os.environ,
            "PATH": f"{scripts}:{os.environ['PATH']}",
            "PYTHONPATH": str(code),
            "DYNINT_PORT": str(self.port),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._servers):
            self._stop(name)

    def run(self, block: Block) -> str:
        """Run a block's commands; returns what they print, on both outputs.

        Fails if one of them does.
        """
        return "".join(self.type(command) for command in block.commands)

    def type(self, command: str) -> str:
        """Run one command; a server is left running, and takes the place of one of its kind."""
        for old, new in self.replaced.items():
            command = command.replace(old, new)
        server = _SERVERS.search(command)
        if server:
            return self._start(server[1], command)
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        assert ended.returncode == 0, f"$ {command}\n{ended.stdout}"
        return ended.stdout

    def _start(self, name: str, command: str) -> str:
        self._stop(name)
        path = self.folder / f".{name}.output"
        with path.open("wb") as output:
            child = subprocess.Popen(
                ["bash", "-c", f"exec env {command}"],
                cwd=self.folder,
                env=self._env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._servers[name] = child, path

        def ready() -> bool:
            assert child.poll() is None, f"$ {command}\n{path.read_text()}"
            return bool(_READY.search(path.read_text()))

        wait_until(ready, START_S)
        return path.read_text()

    def _stop(self, name: str) -> None:
        if name in self._servers:
            child, _ = self._servers.pop(name)
            child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def alike(text: str, folder: Path) -> list[str]:
    """Write lines so that runs compare: without figures, digests, ports and the folder's name."""
    text = text.replace(str(folder.resolve()), "...").replace(str(folder), "...")
    text = re.sub(r"\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{8,}\b", "#", text)
    text = re.sub(r"[+-]?\d[\d.,:]*(e[+-]?\d+)?", "#", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def check_shown(shown: str, printed: str, folder: Path) -> None:
    """Compare what a page shows with what came: each of its lines, in their order.

    A line of three dots stands for any others.
    """
    there = iter(alike(printed, folder))
    for line in alike(shown, folder):
        if line != "...":
            assert line in there, f"{line!r} is not printed (any more, or here):\n{printed}"
