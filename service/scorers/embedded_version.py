"""One version of a model, loaded into this process."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from service.deadline import Deadline
from service.errors import DeadlineError

Floats = NDArray[np.float32]
Call = Callable[[Floats], tuple[Floats, Floats]]
"""``X_0`` to probabilities and logits."""


class EmbeddedVersion:
    """Calls a loaded model: for small requests on the event loop, where a hop would cost more.

    Args:
        call: the model.
        inline_rows: most rows that are scored on the event loop.
        workers: threads for larger requests.
    """

    def __init__(self, call: Call, inline_rows: int, workers: Executor) -> None:
        self._call = call
        self._inline_rows = inline_rows
        self._workers = workers

    async def score(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the probabilities of rows; arguments and errors as ``VersionScorer.score``."""
        return (await self._outputs(x0, deadline))[0]

    async def logits(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the logits of rows."""
        return (await self._outputs(x0, deadline))[1]

    async def is_available(self) -> bool:
        """Tell that it would answer: it is loaded."""
        return True

    async def _outputs(self, x0: Floats, deadline: Deadline) -> tuple[Floats, Floats]:
        deadline.check("scoring")
        if len(x0) <= self._inline_rows:
            return self._call(x0)
        try:
            async with asyncio.timeout(deadline.remaining_s()):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._workers, self._call, x0)
        except TimeoutError:
            raise DeadlineError(
                "scoring: must end before the request's deadline; it did not"
            ) from None
