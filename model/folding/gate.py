"""The weights of an instance gate, and what can be taken out of them."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Gate:
    """``relu(x A + a) C + c``, where ``x`` is the embeddings in one row.

    Attributes:
        A: ``(F D, H)``; ``a``: ``(H,)``.
        C: ``(H, outputs)``; ``c``: ``(outputs,)``.
    """

    A: Array
    a: Array
    C: Array
    c: Array

    @property
    def hidden(self) -> int:
        """Number of hidden units."""
        return len(self.a)

    def outputs(self, places: Places) -> Self:
        """Keep only these outputs, in this order."""
        return replace(self, C=self.C[:, places], c=self.c[places])

    def inputs(self, places: Places) -> Self:
        """Take the inputs in this order."""
        return replace(self, A=self.A[places])

    def scaled(self, factors: Array) -> Self:
        """Multiply each output by a constant."""
        return replace(self, C=self.C * factors, c=self.c * factors)

    def shifted(self, offset: float) -> Self:
        """Add a constant to every output."""
        return replace(self, c=self.c + offset)

    def used(self, outputs: npt.ArrayLike) -> Self:
        """Zero the outputs that nothing uses, so that units which feed only them fall away."""
        return replace(self, C=np.where(outputs, self.C, 0.0), c=np.where(outputs, self.c, 0.0))

    def pruned(self) -> Self:
        """Drop hidden units that cannot matter.

        A unit whose incoming weights are all zero gives ``relu(a_j)`` for every instance: it
        becomes part of ``c``. A unit whose outgoing weights are all zero gives nothing.
        """
        constant = ~self.A.any(axis=0)
        c = self.c + np.maximum(self.a, 0.0)[constant] @ self.C[constant]
        alive = ~constant & self.C.any(axis=1)
        return replace(self, A=self.A[:, alive], a=self.a[alive], C=self.C[alive], c=c)

    def kept_alive(self) -> Self:
        """Give a gate without hidden units one that is always zero: a graph needs a product."""
        if self.hidden:
            return self
        return replace(
            self,
            A=np.zeros((len(self.A), 1)),
            a=np.zeros(1),
            C=np.zeros((1, len(self.c))),
        )
