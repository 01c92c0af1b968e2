"""Constant load, each of whose answers is checked."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from tests.integration.processes import read_reference, wait_until

ROWS = 20
PATIENCE_S = 120.0
"""On a busy machine a slow canary takes a while to be judged."""


class Callers:
    """Threads that send rows of the reference until they are told to stop.

    Attributes:
        seen: answers by version.
        answers: of each, when it was asked for (``time.monotonic``), its key and its version.
        wrong: answers that are not 200, or whose scores are not those of the version that they name.
    """

    def __init__(self, url: str, root: Path, key_header: str | None = None) -> None:
        self.seen: Counter[str] = Counter()
        self.answers: list[tuple[float, str, str]] = []
        self.wrong: list[str] = []
        rows, self._scores = read_reference(root)
        self._rows = rows
        self._url = url
        self._key_header = key_header
        self._numbers = itertools.count()
        self._stop = threading.Event()

    def _call(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self._stop.is_set():
                number = next(self._numbers)
                start = number * 7 % (len(self._rows) - ROWS)
                key = f"user{number % 300}"
                headers = {} if self._key_header is None else {self._key_header: key}
                body = {"instances": self._rows[start : start + ROWS]}
                asked_s = time.monotonic()
                response = client.post("/predict", json=body, headers=headers)
                if response.status_code != 200:
                    self.wrong.append(response.text)
                    continue
                answer = response.json()
                version = answer["version"]
                expected = self._scores["sums"][version][start : start + ROWS]
                if not np.allclose(answer["probabilities"], expected, atol=1e-6):
                    self.wrong.append(response.text)
                self.answers.append((asked_s, key, version))
                self.seen[version] += 1

    def more(self, count: int) -> None:
        """Wait until so many more answers have come."""
        wanted = self.seen.total() + count
        wait_until(lambda: self.seen.total() >= wanted or self.wrong, PATIENCE_S)

    def next(self, count: int) -> list[tuple[str, str]]:
        """Return key and version of requests that are sent from now on, so many at the least."""
        now_s, first = time.monotonic(), len(self.answers)

        def found() -> list[tuple[str, str]]:
            return [
                (key, version) for asked_s, key, version in self.answers[first:] if asked_s > now_s
            ]

        wait_until(lambda: self.wrong or len(found()) >= count, PATIENCE_S)
        return found()

    def until_it_answers(self, version: str, times: int = 1) -> None:
        """Wait until a version has answered so many more times."""
        wanted = self.seen[version] + times
        wait_until(lambda: self.seen[version] >= wanted or self.wrong, PATIENCE_S)

    @contextmanager
    def calling(self, threads: int = 4) -> Iterator[None]:
        """Send requests for the length of a block; in the end none was answered wrong."""
        with ThreadPoolExecutor(threads) as pool:
            calls = [pool.submit(self._call) for _ in range(threads)]
            try:
                yield
            finally:
                self._stop.set()
            for call in calls:
                call.result()
        assert not self.wrong, self.wrong[:3]
