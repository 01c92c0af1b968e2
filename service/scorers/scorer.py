"""The port of the scorers."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.bundle import Bundle
from service.deadline import Deadline


class VersionScorer(Protocol):
    """Scores with one version of a model, to the end of that version's life here."""

    async def score(self, x0: NDArray[np.float32], deadline: Deadline) -> NDArray[np.float32]:
        """Return the click probabilities of rows.

        Args:
            x0: embedding rows, ``(rows, fields, width)``.
            deadline: when the request's time is up.

        Returns:
            What the model calls ``probability``, ``(rows,)``; not yet checked.

        Raises:
            DeadlineError: if it takes longer than the deadline allows.
            ScorerUnavailableError: if the scorer cannot be reached.
            VersionGoneError: if it does not serve this version.
            OverloadedError: if it has too much to do.
            ScorerRefusedError: if it says that the request is wrong.
        """
        ...

    async def rank(
        self, context: NDArray[np.float32], candidates: NDArray[np.float32], deadline: Deadline
    ) -> NDArray[np.float32]:
        """Return the click probabilities of candidates in one context.

        Args:
            context: rows of the context's fields, ``(1, context_fields, width)``.
            candidates: rows of the candidates' fields, ``(batch, candidate_fields, width)``; each
                side's fields in the spec's order.
            deadline: when the request's time is up.

        Returns:
            What the model calls ``probability``, ``(batch,)``; not yet checked.

        Raises:
            ServiceError: as ``score``.
        """
        ...

    async def logits(self, x0: NDArray[np.float32], deadline: Deadline) -> NDArray[np.float32]:
        """Return the logits of rows, ``(rows,)``: to compare with the bundle's golden batch.

        Arguments and errors are those of ``score``.
        """
        ...

    async def gates(self, x0: NDArray[np.float32], deadline: Deadline) -> NDArray[np.float32]:
        """Measure how far the model's gates are at their bounds, beside the requests.

        Args:
            x0: embedding rows, ``(rows, fields, width)``.
            deadline: when nobody waits for it any more.

        Returns:
            A share per row and gate, ``(rows, gates)``.

        Raises:
            ServiceError: as ``score``; ``ScorerRefusedError`` if the version does not offer it.
        """
        ...

    async def is_available(self) -> bool:
        """Tell whether it would answer, by what was heard in the last second."""
        ...

    async def is_still_available(self) -> bool:
        """Tell whether it would answer now, after a time in which nobody used it."""
        ...

    def servers(self) -> frozenset[str]:
        """Name the model servers that take this version's requests now; none if it computes here."""
        ...

    def beside(self) -> "VersionScorer":
        """Return a scorer of the same version that never computes on the event loop.

        For a version on trial: a slow one then keeps nobody else waiting.
        """
        ...


class Scorer(Protocol):
    """Makes the scorers of versions."""

    @property
    def name(self) -> str:
        """Name the kind of scorer."""
        ...

    async def start(self) -> None:
        """Prepare what all versions share."""
        ...

    async def open(self, bundle: Bundle) -> VersionScorer:
        """Make the scorer of a verified bundle ready.

        Raises:
            ScorerUnavailableError: if it cannot be made ready now.
        """
        ...

    async def close(self) -> None:
        """Give back what all versions share."""
        ...
