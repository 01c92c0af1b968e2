"""One version of a model in one model server, and how it is."""

import asyncio
from collections import deque
from time import monotonic

import grpc
import structlog

from model.errors import CheckFailedError
from model.wire import VersionState, WireError
from service.deadline import Deadline
from service.errors import (
    DeadlineError,
    ScorerUnavailableError,
    ServiceError,
    VersionGoneError,
)
from service.scorers.remote_errors import as_service_error
from service.scorers.remote_proof import RemoteProof
from service.scorers.remote_request import Floats, RemoteRequest
from service.scorers.remote_target import RemoteTarget

_log = structlog.get_logger()

_LOOKS = 2
_LOOKS_S = 1.0
"""A replica is looked at twice a second at most; what was found holds until it may be again."""

_STALE_S = 0.5

_STATUS_TIMEOUT_S = 0.5
_PROOF_MS = 5_000


class RemoteReplica:
    """Takes traffic from when it has passed the proof until something goes wrong with it.

    It is looked at only when somebody asks, never by the clock: a release that nobody uses any more
    needs no end.

    Args:
        target: the model server.
        model: the model's name there.
        version: the version's number.
        proof: what it must score before it takes traffic, again after each absence.

    Attributes:
        serving: whether it takes traffic.
        gone: whether the server was heard to say that it does not have the version.
        suspect: whether its last answer came too late and its status was not asked since.
        late: answers in a row that came too late.
        failed_proof: why it must not take traffic though it would answer, if so.
    """

    def __init__(self, target: RemoteTarget, model: str, version: int, proof: RemoteProof) -> None:
        self._target = target
        self._model = model
        self._version = version
        self._proof = proof
        self._look: asyncio.Task[None] | None = None
        self._looked_at_s = deque([-_LOOKS_S] * _LOOKS, _LOOKS)
        self._heard_at_s = -_LOOKS_S
        self._epoch = 0
        self._reason = ""
        self.serving = False
        self.gone = False
        self.suspect = False
        self.late = 0
        self.failed_proof: CheckFailedError | None = None

    @property
    def target(self) -> RemoteTarget:
        """The model server."""
        return self._target

    @property
    def is_confirmed(self) -> bool:
        """Tell whether it takes traffic and was heard of in the last second."""
        return self.is_confirmed_since(monotonic() - _LOOKS_S)

    def is_confirmed_since(self, since_s: float) -> bool:
        """Tell whether it takes traffic and was heard of since then, by the monotonic clock."""
        return self.serving and self._heard_at_s >= since_s

    @property
    def needs_a_look(self) -> bool:
        """Tell whether a look may change how it is used."""
        return not self.serving or self.suspect

    @property
    def is_stale(self) -> bool:
        """Tell whether it should be looked at before anything is said of it."""
        return self.needs_a_look or monotonic() - self._heard_at_s >= _STALE_S

    async def call(self, request: RemoteRequest, deadline: Deadline) -> Floats:
        """Send a request; the errors are those of ``VersionScorer.score``."""
        epoch = self._epoch
        try:
            result = await self._call(request, deadline)
        except DeadlineError:
            self.suspect = True
            self.late += 1
            self.look()
            raise
        except ScorerUnavailableError as error:
            # A call of before the last proof says nothing of now.
            if epoch == self._epoch:
                self.gone = isinstance(error, VersionGoneError)
                self.leave(str(error))
            raise
        self._heard_at_s = monotonic()
        self.suspect = False
        self.late = 0
        return result

    async def ask(self, request: RemoteRequest, deadline: Deadline) -> Floats:
        """Send a request on whose answer nothing depends; errors as ``call``."""
        return await self._call(request, deadline)

    def look(self) -> asyncio.Task[None] | None:
        """Look at it in the background, or join the look that is under way.

        Returns:
            The look; ``None`` if there were two in the last second.
        """
        if self._look is None or self._look.done():
            if monotonic() - self._looked_at_s[0] < _LOOKS_S:
                return None
            self._looked_at_s.append(monotonic())
            self._look = asyncio.create_task(self._examine())
            self._target.tasks.add(self._look)
            self._look.add_done_callback(self._target.tasks.discard)
        return self._look

    def leave(self, reason: str) -> None:
        """Take no traffic until it has passed the proof again."""
        self.serving = False
        if reason != self._reason:
            self._reason = reason
            _log.warning("replica_not_used", reason=reason, **self._name())

    async def _examine(self) -> None:
        """Ask for the version's state; have it prove itself if it does not take traffic."""
        problem = await self._status_problem()
        if problem:
            self.leave(problem)
            return
        self.gone = False
        if not self.serving:
            deadline = Deadline.after_ms(_PROOF_MS)
            try:
                worst = await self._proof.check(lambda request: self._call(request, deadline))
            except CheckFailedError as error:
                self.failed_proof = error
                self.leave(str(error))
                return
            except ServiceError as error:
                self.gone = isinstance(error, VersionGoneError)
                self.leave(str(error))
                return
            self._join(worst)
        self._heard_at_s = monotonic()
        self.suspect = False

    async def _status_problem(self) -> str:
        """Return why the version is not available; empty if it is."""
        try:
            states = await self._target.statuses(self._model, self._version, _STATUS_TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            self.gone = error.code() is grpc.StatusCode.NOT_FOUND
            return f"status: {error.code().name}"
        except WireError as error:
            return f"status: {error}"
        state = next((each.state for each in states if each.version == self._version), None)
        self.gone = state is not VersionState.AVAILABLE
        return f"status: {state.name if state is not None else 'unknown'}" if self.gone else ""

    async def _call(self, request: RemoteRequest, deadline: Deadline) -> Floats:
        try:
            response = await self._target.predict(request.content, deadline.remaining_s())
        except grpc.aio.AioRpcError as error:
            raise as_service_error(error, self._target.address) from error
        return request.read(response)

    def _join(self, worst: float) -> None:
        self._epoch += 1
        self.serving = True
        self.late = 0
        self.failed_proof = None
        self._reason = ""
        _log.info("replica_proven", worst_difference=worst, **self._name())

    def _name(self) -> dict[str, object]:
        return {"target": self._target.address, "version": self._version}
