"""The readers of POST /predict's body: what must hold for every sequence of bytes."""

import asyncio
import json
import re
import time
from collections.abc import Container
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.adaptive_limit import AdaptiveLimit
from service.deadline import Deadline
from service.errors import RequestError
from service.parsing.typed_reader import TypedReader
from service.predictor import Predictor
from service.problems import problem_of
from service.release import Release
from service.slots import Slots
from service.stage_clock import StageClock
from service.turnstile import Turnstile
from tests.fuzz import reference
from tests.fuzz.telling_release import KNOWN, SPEC, NoReader, make_release, rows_of

MAX_ROWS = 20
_REQUEST_ID = "0123456789abcdef0123456789abcdef"
_WINDOW = 20
_PART = re.compile(r"[\w.:\- ]{1,64}|\(a name of \d+ characters\)", re.ASCII)
_ITSELF = {field.name for field in SPEC.fields}


class FuzzError(Exception):
    """Something that must hold does not."""


@dataclass
class Outcome:
    """What became of a body: the rows of the first model input, or a problem."""

    status: int
    rows: NDArray[np.float32] | None = None
    body: bytes = b""
    cpu_s: float = 0.0


class Only:
    """Knows one release."""

    known = KNOWN
    trial = None

    def __init__(self, release: Release) -> None:
        self._release = release

    def take(self) -> Release:
        """Give it."""
        return self._release


class ParserTarget:
    """Sends each body both ways, the fast one and the exact one, and a third, the reference.

    - Nothing but the documented errors of a request is raised.
    - All three take the same bodies, and for the same levels; they refuse the others with the same
      status, the first two with the same words.
    - A refusal has at most ten errors and 4 KB, and tells nothing of the body but names of fields.
    - Time grows no faster than the body.

    Args:
        fast: the release that reads bodies the fast way where it can.
        cpu_s: CPU time that one way through a body may take, in seconds.
        cpu_s_per_byte: further time for each of its bytes. With a coverage tool's share in it, both
            are some ten times what it takes.
    """

    def __init__(
        self, fast: Release | None = None, cpu_s: float = 0.5, cpu_s_per_byte: float = 20e-6
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._cpu_s, self._cpu_s_per_byte = cpu_s, cpu_s_per_byte
        self._fast, self._exact = (
            Predictor(Only(release), MAX_ROWS, AdaptiveLimit(9, 1.0), Turnstile(), Slots())
            for release in (fast or make_release(TypedReader), make_release(NoReader))
        )

    def close(self) -> None:
        """End."""
        self._loop.close()

    def __call__(self, body: bytes) -> int:
        """Check one body; returns the status.

        Raises:
            FuzzError: if something does not hold.
        """
        fast, exact = self._ask(self._fast, body), self._ask(self._exact, body)
        if (fast.status, fast.body) != (exact.status, exact.body):
            raise FuzzError(f"two ways, two answers: {fast} and {exact}")
        expected = reference.read(body, MAX_ROWS)
        if expected is not None:
            if expected.status != fast.status:
                raise FuzzError(f"must be {expected.status}: {fast}")
            if expected.fingerprints is not None:
                wanted = rows_of(expected.fingerprints)
                for each in (fast, exact):
                    if each.rows is None or not np.array_equal(each.rows, wanted):
                        raise FuzzError(f"other levels than the reference's: {each}, {wanted}")
        if fast.status != 200:
            check_problem(fast.body, body)
        for each in (fast, exact):
            if each.cpu_s > self._cpu_s + self._cpu_s_per_byte * len(body):
                raise FuzzError(f"{each.cpu_s:.3f} s of CPU time for {len(body)} bytes")
        return fast.status

    def _ask(self, predictor: Predictor, body: bytes) -> Outcome:
        start_s = time.thread_time()
        asking = predictor.predict(body, Deadline.after_ms(1e9), StageClock())
        try:
            prediction = self._loop.run_until_complete(asking)
        except RequestError as error:
            problem = problem_of(error)
            took_s = time.thread_time() - start_s
            return Outcome(problem.status, None, problem.body(_REQUEST_ID), took_s)
        return Outcome(200, whole(prediction.embedded.blocks), b"", time.thread_time() - start_s)


def whole(blocks: tuple[NDArray[np.float32], ...]) -> NDArray[np.float32]:
    """Join a context and its candidates to whole rows, ``(rows, fields, width)``."""
    if len(blocks) == 1:
        return blocks[0]
    context, candidates = blocks
    rows = np.empty((len(candidates), len(SPEC.fields), context.shape[2]), np.float32)
    rows[:, SPEC.positions("context")] = context
    rows[:, SPEC.positions("candidate")] = candidates
    return rows


def check_problem(answer: bytes, body: bytes, standing: Container[str] = ()) -> None:
    """Check a refusal.

    Args:
        answer: the problem.
        body: what was refused.
        standing: details that are our own words, whatever the body says.

    Raises:
        FuzzError: if it is too long, has too many errors, or tells what the body said.
    """
    content = json.loads(answer)
    errors = content.get("errors", [])
    if len(answer) >= 4096 or len(errors) > 10:
        raise FuzzError(f"a refusal of {len(answer)} bytes and {len(errors)} errors")
    if content["status"] == 422 and not errors:
        raise FuzzError("a 422 that names no place")
    if content.get("detail") in standing:
        content["detail"] = ""
    told = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for each in errors:
        for part in each["pointer"].removeprefix("#").split("/")[1:]:
            plain = part.replace("~1", "/").replace("~0", "~")
            if not (plain in _ITSELF or _PART.fullmatch(plain)):
                raise FuzzError(f"a pointer that tells too much: {each}")
    # Names of fields may be told; the rest of the answer must be our own words.
    names = {text for each in errors for text in (each["pointer"], each["field"]) if text}
    for text in sorted(names, key=len, reverse=True):
        told = told.replace(json.dumps(text, ensure_ascii=False)[1:-1], "\0")
    shown = told.encode()
    for at in range(len(body) - _WINDOW + 1):
        if body[at : at + _WINDOW] in shown:
            raise FuzzError(f"an echo of {body[at : at + _WINDOW]!r} in {answer!r}")
