"""One version of a model, in model servers."""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Self

import numpy as np
from numpy.typing import NDArray

from service.deadline import Deadline
from service.errors import DeadlineError, ScorerUnavailableError, VersionGoneError
from service.scorers.remote_replica import RemoteReplica
from service.scorers.remote_request import RemoteRequest
from service.scorers.remote_retry_budget import RetryBudget
from service.scorers.remote_signatures import RemoteSignatures

Floats = NDArray[np.float32]

_PATIENCE_S = 1.0
_PAUSE_S = 0.05
_MOST_LATE = 3
"""A replica that is late so often in a row is left alone, if there is another."""


class RemoteVersion:
    """Calls model servers by the version's number, so that an answer is never another version's.

    A request goes to the less busy of two replicas drawn at random, of those that take traffic. If
    that one is gone, it goes to another, once, within its deadline and the retry budget.

    Args:
        replicas: one per model server.
        signatures: builds the requests.
        budget: how many may be sent again.
        count_retry: told ``sent`` or ``no_budget`` of each request that met a replica that is gone.
    """

    def __init__(
        self,
        replicas: Sequence[RemoteReplica],
        signatures: RemoteSignatures,
        budget: RetryBudget,
        count_retry: Callable[[str], None],
    ) -> None:
        self._replicas = replicas
        self._signatures = signatures
        self._budget = budget
        self._count_retry = count_retry

    async def admit(self) -> RemoteReplica:
        """Wait until one replica has passed the proof; the others go on with theirs.

        Returns:
            That replica.

        Raises:
            ScorerUnavailableError: if no server serves the version now.
            CheckFailedError: if all that serve it score the golden batch wrong.
        """
        pending = self._looks(self._replicas)
        while not (serving := self._serving()):
            if not pending:
                failures = [replica.failed_proof for replica in self._replicas]
                raise next(filter(None, failures), self._absence())
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        return serving[0]

    async def score(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the probabilities of rows; arguments and errors as ``VersionScorer.score``."""
        deadline.check("scoring")
        return await self._answer(self._signatures.score(x0), deadline)

    async def rank(self, context: Floats, candidates: Floats, deadline: Deadline) -> Floats:
        """Return the probabilities of candidates; as ``VersionScorer.rank``.

        Raises:
            ScorerRefusedError: if the bundle does not offer it, too.
        """
        deadline.check("scoring")
        return await self._answer(self._signatures.rank(context, candidates), deadline)

    async def logits(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the logits of rows, by float32 on the wire whatever requests carry."""
        deadline.check("scoring")
        return await self._answer(self._signatures.logits(x0), deadline)

    async def gates(self, x0: Floats, deadline: Deadline) -> Floats:
        """Measure the gates; as ``VersionScorer.gates``.

        It goes to a replica that is there, and how it ends changes nothing for requests.
        """
        request = self._signatures.saturation(x0)
        deadline.check("measuring gates")
        return await (await self._pick(deadline)).ask(request, deadline)

    async def is_available(self) -> bool:
        """Tell whether a proven server has the version; each is asked at most twice a second."""
        pending = self._looks(replica for replica in self._replicas if replica.is_stale)
        while not any(replica.is_confirmed for replica in self._replicas):
            done: set[asyncio.Task[None]] = set()
            if pending:
                done, pending = await asyncio.wait(
                    pending, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
                )
            if not done:
                return False
        return True

    async def is_still_available(self) -> bool:
        """Ask the servers now, and tell whether a proven one has the version: takes up to a second."""
        asked_s = monotonic()
        while monotonic() - asked_s < _PATIENCE_S:
            if pending := self._looks(self._replicas):
                await asyncio.wait(
                    pending, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
                )
            else:
                await asyncio.sleep(_PAUSE_S)
            if any(replica.is_confirmed_since(asked_s) for replica in self._replicas):
                return True
        return False

    def servers(self) -> frozenset[str]:
        """Name the model servers that take requests, ``host:port``."""
        return frozenset(replica.target.address for replica in self._serving())

    def beside(self) -> Self:
        """Return itself: what computes is elsewhere."""
        return self

    async def _answer(self, request: RemoteRequest, deadline: Deadline) -> Floats:
        """Have a request answered by one replica, or by a second one if the first is gone."""
        self._looks(replica for replica in self._replicas if replica.needs_a_look)
        self._budget.earn()
        first = await self._pick(deadline)
        try:
            return await first.call(request, deadline)
        except DeadlineError:
            self._leave_late(first)
            raise
        except ScorerUnavailableError as error:
            # Where the version is gone from the only server, its successor is what helps.
            gone = isinstance(error, VersionGoneError)
            if gone and len(self._replicas) == 1:
                raise
            if not self._budget.spend():
                self._count_retry("no_budget")
                raise
            return await self._answer_again(request, deadline, gone)

    async def _answer_again(self, request: RemoteRequest, deadline: Deadline, gone: bool) -> Floats:
        """Have a request answered by a second replica; ``gone``: the first had not the version."""
        try:
            second = await self._pick(deadline)
            self._count_retry("sent")
            return await second.call(request, deadline)
        except ScorerUnavailableError as error:
            if gone:
                raise VersionGoneError(str(error)) from error
            raise

    async def _pick(self, deadline: Deadline) -> RemoteReplica:
        """Choose a replica; if none takes traffic, one that passes the proof in time.

        Raises:
            ScorerUnavailableError, VersionGoneError: if there is none.
            DeadlineError: if the time is up before that is known.
        """
        if not (serving := self._serving()):
            pending = self._looks(self._replicas)
            while not (serving := self._serving()):
                if not pending:
                    raise self._absence()
                done, pending = await asyncio.wait(
                    pending,
                    timeout=max(deadline.remaining_s(), 0.0),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not done:
                    raise DeadlineError(
                        "scorer: must be back before the request's deadline; it was not"
                    )
        candidates = [replica for replica in serving if not replica.suspect] or serving
        if len(candidates) == 1:
            return candidates[0]
        # Two at random, and the less busy: near to the best balance without a common view.
        one, two = random.sample(candidates, 2)
        return one if one.target.outstanding <= two.target.outstanding else two

    def _leave_late(self, replica: RemoteReplica) -> None:
        """Leave a replica alone that is up and never in time, if another one is."""
        in_time = any(other.late < _MOST_LATE for other in self._serving() if other is not replica)
        if replica.late >= _MOST_LATE and in_time:
            replica.leave(f"late {replica.late} times in a row")

    def _serving(self) -> list[RemoteReplica]:
        return [replica for replica in self._replicas if replica.serving]

    def _looks(self, replicas: Iterable[RemoteReplica]) -> set[asyncio.Task[None]]:
        looks = (replica.look() for replica in replicas)
        return {look for look in looks if look is not None}

    def _absence(self) -> ScorerUnavailableError:
        gone = any(replica.gone for replica in self._replicas)
        kind = VersionGoneError if gone else ScorerUnavailableError
        version = self._signatures.version
        return kind(
            f"scorer: must serve version {version} of {self._signatures.model!r}; "
            + ("it does not (yet)" if gone else "it cannot be reached, or did not prove itself")
        )
