"""A real model server and real gateways over a candidate, as processes of their own."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from model.errors import CheckFailedError
from model.parent import FOLLOWS

START_S = 120.0
"""How long a process may take until it answers."""

_LAST_LINES = 5


def _own_environment() -> dict[str, str]:
    """This process's, without settings that are meant for other gateways."""
    return {key: text for key, text in os.environ.items() if not key.startswith("DYNINT_")}


class Child:
    """A verb of ``dynint`` that runs until its context ends.

    Args:
        arguments: the verb and its options.
        ready: pattern of the line on standard error after which it answers.
        env: further variables.

    Raises:
        CheckFailedError: if it ends, or is not ready in time.
    """

    def __init__(
        self, arguments: list[str], ready: str, env: Mapping[str, str] | None = None
    ) -> None:
        self.lines: list[str] = []
        self._verb = arguments[0]
        self._process = subprocess.Popen(  # noqa: S603  (this Python and this project's own verb)
            [sys.executable, "-m", "dynint", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**_own_environment(), **(env or {}), FOLLOWS: "1"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.find(ready)
        except BaseException:
            self.end()
            raise

    def find(self, pattern: str) -> re.Match[str]:
        """Wait for a line on standard error.

        Raises:
            CheckFailedError: as the class.
        """
        deadline = time.monotonic() + START_S
        while True:
            ended = self._process.poll() is not None
            if ended:
                self._reader.join()
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found
            if ended or time.monotonic() > deadline:
                why = "ended" if ended else f"was not ready within {START_S:g} s"
                said = " | ".join(line.strip() for line in self.lines[-_LAST_LINES:])
                raise CheckFailedError(f"dynint {self._verb}: {why}; its last words: {said}")
            time.sleep(0.02)

    def end(self) -> None:
        """Ask it to end; kill it if it does not."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        for line in self._process.stderr or ():
            self.lines.append(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


class Stack:
    """A gateway with the embedded scorer, and one with a model server, over one release root.

    Attributes:
        urls: of the two gateways, by the name of their scorer.

    Args:
        root: a release root whose ``current.json`` names the candidate.
        name: of the model.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._name = name
        self._held = ExitStack()
        self.urls: dict[str, str] = {}

    def __enter__(self) -> Self:
        place = ["--root", str(self._root), "--name", self._name]
        with ExitStack() as starting:
            server = starting.enter_context(
                Child(["model-server", *place, "--port", "0"], r"listening on .*:\d+")
            )
            port = server.find(r"listening on .*:(\d+)")[1]
            scorers = {"embedded": "embedded", "model server": f"grpc://127.0.0.1:{port}"}
            for name, scorer in scorers.items():
                env = {"DYNINT_SCORER": scorer, "DYNINT_REQUEST_TIMEOUT_MS": "20000"}
                serve = ["serve", "--release-root", str(self._root), "--name", self._name]
                gateway = starting.enter_context(Child([*serve, "--port", "0"], "^ready: ", env))
                self.urls[name] = f"http://{gateway.find('^starting on (.*)')[1].strip()}"
            self._held = starting.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()
