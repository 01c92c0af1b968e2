"""The fake scorer: no model, no server."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.bundle import Bundle
from service.deadline import Deadline
from service.errors import ServiceError

Floats = NDArray[np.float32]


class SumVersion:
    """Takes the sum of a row's floats as its logit.

    Attributes:
        failure: raised by the next calls, if set.
        answer: given by the next calls instead of the sigmoid, if set.
        available: what ``is_available`` says.
    """

    def __init__(self) -> None:
        self.failure: ServiceError | None = None
        self.answer: Floats | None = None
        self.available = True

    async def score(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the sigmoid of the logits."""
        return self._probabilities(await self.logits(x0, deadline))

    async def rank(self, context: Floats, candidates: Floats, deadline: Deadline) -> Floats:
        """Return the sigmoid of the context's sum plus each candidate's."""
        return self._probabilities(await self.logits(candidates, deadline) + context.sum())

    async def logits(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the sums."""
        deadline.check("scoring")
        if self.failure is not None:
            raise self.failure
        return x0.sum(axis=(1, 2), dtype=np.float32)

    async def gates(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return each row's first field, as if every element of it were a gate."""
        deadline.check("measuring gates")
        if self.failure is not None:
            raise self.failure
        return x0[:, 0]

    async def is_available(self) -> bool:
        """Return ``available``."""
        return self.available

    async def is_still_available(self) -> bool:
        """Return ``available``."""
        return self.available

    def servers(self) -> frozenset[str]:
        """Return none."""
        return frozenset()

    def beside(self) -> Self:
        """Return itself."""
        return self

    def _probabilities(self, logits: Floats) -> Floats:
        if self.answer is not None:
            return self.answer
        return (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)


class SumScorer:
    """Makes fakes of every version.

    Attributes:
        opened: version number to its fake.
    """

    name = "fake"

    def __init__(self) -> None:
        self.opened: dict[int, SumVersion] = {}

    async def start(self) -> None:
        """Do nothing."""

    async def open(self, bundle: Bundle) -> SumVersion:
        """Make a fake."""
        self.opened[bundle.version] = SumVersion()
        return self.opened[bundle.version]

    async def close(self) -> None:
        """Do nothing."""
