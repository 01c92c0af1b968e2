"""One Predict call: what is sent, and what must come back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.wire import WireError, predict_answer, predict_bytes
from service.errors import ScorerRefusedError

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RemoteRequest:
    """A serialised request for one output of one version, to be sent once or twice.

    Attributes:
        content: the message.
        output: name of the output that is asked for.
        shape: of the numbers it must hold, ``(rows,)`` or ``(rows, columns)``.
        version: the version that must answer.
    """

    content: bytes
    output: str
    shape: tuple[int, ...]
    version: int

    @classmethod
    def make(
        cls,
        model: str,
        version: int,
        signature: str,
        inputs: Mapping[str, Floats],
        output: str,
        *columns: int,
    ) -> Self:
        """Serialise a request; its output has as many rows as its last input."""
        content = predict_bytes(
            model, inputs, version=version, signature=signature, outputs=(output,)
        )
        return cls(content, output, (len([*inputs.values()][-1]), *columns), version)

    def read(self, response: bytes) -> Floats:
        """Return the output's numbers, float32, of ``shape``.

        Raises:
            ScorerRefusedError: if they are not there, or another version answered.
        """
        try:
            answered, outputs = predict_answer(response, {self.output: self.shape})
        except WireError as error:
            raise ScorerRefusedError(f"scorer: must answer with scores; {error}") from error
        if answered != self.version:
            raise ScorerRefusedError(
                f"scorer: must answer with version {self.version}; received {answered}"
            )
        return outputs[self.output].astype(np.float32, copy=False)
