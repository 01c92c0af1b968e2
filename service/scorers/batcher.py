"""Small requests that are here at the same time, scored in one call."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from service.crowd import Crowd
from service.deadline import Deadline
from service.errors import DeadlineError

Floats = NDArray[np.float32]
Call = Callable[..., tuple[Floats, ...]]
"""``X_0``, or a context and candidates, to probabilities and logits; or ``X_0`` to saturations."""


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    x0: Floats
    deadline: Deadline
    answer: asyncio.Future[Floats]


class Batcher:
    """Joins the rows of small requests to one version into one call.

    A request that is alone is scored at once. One that is not waits until those that have arrived
    already have started too, and no longer: nothing is waited for that may never come, and the
    processor is never idle meanwhile. Who else is in a call moves a score by rounding only.

    Args:
        call: the model.
        most_rows: of one call.
        small_rows: most rows of a request that is joined with others.
        delay_s: longest wait, in seconds.
        crowd: knows of other requests.
        observe: told of each call how many requests it was for.
    """

    def __init__(
        self,
        call: Call,
        most_rows: int,
        small_rows: int,
        delay_s: float,
        crowd: Crowd,
        observe: Callable[[int], None],
    ) -> None:
        self._call = call
        self._most_rows = most_rows
        self._small_rows = small_rows
        self._delay_s = delay_s
        self._crowd = crowd
        self._observe = observe
        self._members: list[_Member] = []
        self._rows = 0
        self._due_s = 0.0
        self._had_company = False

    def takes(self, rows: int) -> bool:
        """Tell whether a request is small enough to have company."""
        return rows <= self._small_rows

    async def score(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the probabilities of rows; arguments and errors as ``VersionScorer.score``.

        Raises:
            Exception: what the call raises; then each of its requests gets it.
        """
        if self._crowd.is_alone and not self._had_company:
            deadline.check("scoring")
            self._observe(1)
            return self._call(x0)[0]
        if self._rows + len(x0) > self._most_rows:
            self._flush()
        loop = asyncio.get_running_loop()
        if not self._members:
            self._due_s = monotonic() + self._delay_s
            loop.call_soon(self._look, loop, self._members, 0)
        member = _Member(x0, deadline, loop.create_future())
        self._members.append(member)
        self._rows += len(x0)
        if self._rows == self._most_rows:
            self._flush()
        return await member.answer

    def _look(self, loop: asyncio.AbstractEventLoop, members: list[_Member], joined: int) -> None:
        """Score if nobody joined or is about to; else look again, a turn of the event loop later."""
        if members is not self._members:
            return  # scored already, full
        is_growing = len(members) > joined or self._crowd.is_coming
        if is_growing and monotonic() < self._due_s:
            loop.call_soon(self._look, loop, members, len(members))
        else:
            self._flush()

    def _flush(self) -> None:
        """Score what has joined, but for requests that are cancelled or late."""
        members, self._members, self._rows = self._members, [], 0
        there = [member for member in members if not member.answer.done() and _in_time(member)]
        self._had_company = len(there) > 1
        if not there:
            return
        self._observe(len(there))
        try:
            probabilities = self._call(_joined([member.x0 for member in there]))[0]
        except Exception as error:
            for member in there:
                member.answer.set_exception(error)
            return
        start = 0
        for member in there:
            end = start + len(member.x0)
            member.answer.set_result(probabilities[start:end])
            start = end


def _joined(blocks: list[Floats]) -> Floats:
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _in_time(member: _Member) -> bool:
    """Answer a request whose time is up."""
    try:
        member.deadline.check("scoring")
    except DeadlineError as error:
        member.answer.set_exception(error)
        return False
    return True
