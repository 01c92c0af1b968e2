"""One version of a model, loaded into this process."""

import asyncio

from service.deadline import Deadline
from service.errors import ScorerRefusedError
from service.scorers.batcher import Batcher, Call, Floats
from service.scorers.scoring_threads import ScoringThreads


class EmbeddedVersion:
    """Calls a loaded model: on the event loop where a hop to a thread costs more than it gains.

    Args:
        call: the model's ``serving_default``.
        rank_call: its ``rank``; ``None`` if it has none.
        threads: where it is called otherwise.
        batcher: of ``call``, for the smallest requests; ``None`` scores each by itself.
        gate_call: its ``gates``; ``None`` if it has none.
        aside: a thread that is used instead of the event loop while the version is on trial.
    """

    def __init__(
        self,
        call: Call,
        rank_call: Call | None,
        threads: ScoringThreads,
        batcher: Batcher | None = None,
        gate_call: Call | None = None,
        aside: ScoringThreads | None = None,
    ) -> None:
        self._call = call
        self._rank_call = rank_call
        self._threads = threads
        self._batcher = batcher
        self._gate_call = gate_call
        self._aside = aside

    async def score(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the probabilities of rows; arguments and errors as ``VersionScorer.score``."""
        if self._batcher is not None and self._batcher.takes(len(x0)):
            return await self._batcher.score(x0, deadline)
        return (await self._outputs(self._call, (x0,), deadline))[0]

    async def rank(self, context: Floats, candidates: Floats, deadline: Deadline) -> Floats:
        """Return the probabilities of candidates; as ``VersionScorer.rank``."""
        if self._rank_call is None:
            raise ScorerRefusedError("scorer: must offer rank; this version does not")
        return (await self._outputs(self._rank_call, (context, candidates), deadline))[0]

    async def logits(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the logits of rows."""
        return (await self._outputs(self._call, (x0,), deadline))[1]

    async def gates(self, x0: Floats, deadline: Deadline) -> Floats:
        """Measure the gates in a thread, beside the requests; as ``VersionScorer.gates``."""
        if self._gate_call is None:
            raise ScorerRefusedError("scorer: must offer gates; this version does not")
        deadline.check("measuring gates")
        loop = asyncio.get_running_loop()
        return (await loop.run_in_executor(self._threads.executor, self._gate_call, x0))[0]

    async def is_available(self) -> bool:
        """Tell that it would answer: it is loaded."""
        return True

    async def is_still_available(self) -> bool:
        """Tell that it would answer: it is loaded."""
        return True

    def servers(self) -> frozenset[str]:
        """Return none: it computes here."""
        return frozenset()

    def beside(self) -> "EmbeddedVersion":
        """Return the same model, called in a thread of its own and without company."""
        threads = self._threads if self._aside is None else self._aside
        return EmbeddedVersion(self._call, self._rank_call, threads, None, self._gate_call)

    async def _outputs(
        self, call: Call, inputs: tuple[Floats, ...], deadline: Deadline
    ) -> tuple[Floats, ...]:
        deadline.check("scoring")
        if self._threads.are_worth_a_hop(len(inputs[-1])):
            return await self._threads.call(call, inputs, deadline)
        return call(*inputs)
