"""Knows each version's scores of every request, and finds answers that are not one version's."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.serving.bodies import Traffic
from benchmarks.serving.http_client import Connection, request
from benchmarks.serving.open_loop import Outcome
from benchmarks.serving.stack import gateway
from model.bundle import Pointer, write_pointer
from model.errors import CheckFailedError

VERSIONS = ("1", "2")
FORMS = ("instances", "ranking")
TOLERANCE = 1e-6
"""Largest difference to the version's own probability; rows are the same floats in every tier."""

_APART = 1e-5
"""Least difference between two versions' probabilities of a row."""


class Verdict(NamedTuple):
    """What is wrong with answers.

    Attributes:
        errors: requests without an answer, or with one that is not 200.
        mixed: answers of which a probability is not that of the version they name.
        versions: how many answers named each version.
        statuses: of the errors, each status with how often it came; 0 for a broken connection.
    """

    errors: int
    mixed: int
    versions: dict[str, int]
    statuses: dict[int, int]


class Witness:
    """Compares answers with what each version answers by itself.

    Args:
        messages: the requests, in the order in which they are sent again and again.
        truth: per version, its probabilities of each message's rows, ``(messages, rows)``.

    Raises:
        CheckFailedError: if the versions' scores of a row are not well apart: nothing could be seen.
    """

    def __init__(self, messages: Sequence[bytes], truth: Mapping[str, NDArray[np.float64]]) -> None:
        self.messages = messages
        self._truth = truth
        one, two = truth.values()
        nearest = float(np.abs(one - two).min())
        if nearest < _APART:
            raise CheckFailedError(
                f"versions: must differ by {_APART} in each row; they do by {nearest}"
            )

    @classmethod
    def ask(cls, root: Path, rows: int, bodies: int = 32) -> Self:
        """Ask each version for its scores, in a gateway that never served another.

        Args:
            root: release root with two versions of the model.
            rows: rows of each request.
            bodies: distinct requests of each form.

        Raises:
            CheckFailedError: if an answer is another version's, or as the constructor.
        """
        traffic = Traffic(rows)
        drawn = [traffic.both(rows) for _ in range(bodies)]
        messages = [request("/predict", both[form]) for both in drawn for form in FORMS]
        truth = {}
        for version in VERSIONS:
            point(root, version)
            with gateway(root) as port:
                connection = Connection(port)
                answers = [_answer(connection.send(each).body) for each in messages]
                connection.close()
            if {answer["version"] for answer in answers} != {version}:
                raise CheckFailedError(f"answers: must all be of version {version}; they are not")
            truth[version] = np.array([answer["probabilities"] for answer in answers])
        return cls(messages, truth)

    def judge(self, outcomes: Sequence[Outcome], rate: float, sent: int) -> Verdict:
        """Compare every row of every answer with the version that the answer names.

        Args:
            outcomes: of an open loop over ``messages`` that kept the bodies.
            rate: the loop's requests per second.
            sent: requests that it was to send.
        """
        mixed, versions = 0, dict.fromkeys(self._truth, 0)
        good = [outcome for outcome in outcomes if outcome.status == 200]
        for outcome in good:
            answer = _answer(outcome.body)
            place = round(outcome.start_s * rate) % len(self.messages)
            versions[answer["version"]] += 1
            wanted = self._truth[answer["version"]][place]
            given = np.array(answer["probabilities"])
            if given.shape != wanted.shape or np.abs(given - wanted).max() > TOLERANCE:
                mixed += 1
        statuses = Counter(outcome.status for outcome in outcomes if outcome.status != 200)
        return Verdict(sent - len(good), mixed, versions, dict(statuses))


def point(root: Path, version: str) -> None:
    """Make a version live, the other one previous: model servers keep both."""
    (other,) = (each for each in VERSIONS if each != version)
    write_pointer(root / "dynint", Pointer(version, other))


def turns() -> Iterator[str]:
    """Name the version of each flip, beginning with 2."""
    while True:
        yield from reversed(VERSIONS)


async def flip_at(root: Path, times: Iterable[float], began: asyncio.Future[float]) -> list[float]:
    """Make the other version live at times of an open loop, in seconds from its beginning.

    Args:
        root: release root, of which version 1 is live.
        times: of the flips.
        began: what the loop tells.

    Returns:
        When each pointer was written, on the same clock.
    """
    begin, written = await began, []
    for at, version in zip(times, turns(), strict=False):
        await asyncio.sleep(begin + at - perf_counter())
        await asyncio.to_thread(point, root, version)
        written.append(perf_counter() - begin)
    return written


def swaps_of(outcomes: Sequence[Outcome], written: Sequence[float]) -> list[float]:
    """Find when each flip was seen: the end of the first answer that named its version.

    Args:
        outcomes: of an open loop that kept the bodies.
        written: when each pointer was.

    Raises:
        CheckFailedError: if a version did not answer before the next flip.
    """
    ends: dict[str, list[float]] = {version: [] for version in VERSIONS}
    for outcome in outcomes:
        if outcome.status == 200:
            ends[_answer(outcome.body)["version"]].append(outcome.start_s + outcome.latency_s)
    swaps = []
    for at, until, version in zip(written, [*written[1:], inf], turns(), strict=False):
        seen = min((end for end in ends[version] if at <= end < until), default=None)
        if seen is None:
            raise CheckFailedError(f"version {version}: must answer before the next flip; did not")
        swaps.append(seen)
    return swaps


def _answer(body: bytes) -> Any:
    return orjson.loads(body)
