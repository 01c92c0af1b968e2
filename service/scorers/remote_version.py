"""One version of a model, in model servers."""

import asyncio
from collections.abc import Sequence
from itertools import cycle
from time import monotonic
from typing import Any

import grpc
import numpy as np
from numpy.typing import NDArray

from model.wire import (
    MODEL_STATUS_METHOD,
    PREDICT_METHOD,
    VersionState,
    WireError,
    decode_model_status,
    decode_predict,
    encode_model_status,
    predict_bytes,
    response_version,
)
from service.deadline import Deadline
from service.errors import ScorerRefusedError, ScorerUnavailableError
from service.scorers.remote_errors import as_service_error

Floats = NDArray[np.float32]

_STATUS_TIMEOUT_S = 0.5
_STATUS_FRESH_S = 0.5
_WARM_MS = 5_000


class RemoteVersion:
    """Calls model servers by the version's number, so that an answer is never another version's.

    Args:
        channels: one per server.
        model: the model's name there.
        version: the version's number.
        shape: fields and width of ``X_0``.
    """

    def __init__(
        self,
        channels: Sequence[grpc.aio.Channel],
        model: str,
        version: int,
        shape: tuple[int, int],
    ) -> None:
        self._predict = cycle([channel.unary_unary(PREDICT_METHOD) for channel in channels])
        self._status = [channel.unary_unary(MODEL_STATUS_METHOD) for channel in channels]
        self._status_request = encode_model_status(model, version=version).SerializeToString()
        self._model = model
        self._version = version
        self._shape = shape
        self._available = False
        self._asked_at_s = -_STATUS_FRESH_S

    async def warm(self) -> None:
        """Check that the version is served, and have it score a row of zeros.

        Raises:
            ScorerUnavailableError: if it is not, or does not answer.
        """
        if not await self.is_available():
            raise ScorerUnavailableError(
                f"scorer: must serve version {self._version} of {self._model!r}; it does not (yet)"
            )
        await self.score(np.zeros((1, *self._shape), np.float32), Deadline.after_ms(_WARM_MS))

    async def score(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the probabilities of rows; arguments and errors as ``VersionScorer.score``."""
        return await self._call(x0, "probability", deadline)

    async def logits(self, x0: Floats, deadline: Deadline) -> Floats:
        """Return the logits of rows."""
        return await self._call(x0, "logit", deadline)

    async def is_available(self) -> bool:
        """Tell whether a server has the version available; asked at most twice a second."""
        if monotonic() - self._asked_at_s >= _STATUS_FRESH_S:
            answers = await asyncio.gather(*map(self._is_served, self._status))
            self._available = any(answers)
            self._asked_at_s = monotonic()
        return self._available

    async def _is_served(self, status: Any) -> bool:
        try:
            response = await status(self._status_request, timeout=_STATUS_TIMEOUT_S)
            states = decode_model_status(response)
        except (grpc.aio.AioRpcError, WireError):
            return False
        return any(
            entry.version == self._version and entry.state == VersionState.AVAILABLE
            for entry in states
        )

    async def _call(self, x0: Floats, output: str, deadline: Deadline) -> Floats:
        deadline.check("scoring")
        request = predict_bytes(
            self._model, {"embeddings": x0}, version=self._version, outputs=(output,)
        )
        try:
            response = await next(self._predict)(request, timeout=deadline.remaining_s())
        except grpc.aio.AioRpcError as error:
            raise as_service_error(error) from error
        try:
            answered = response_version(response)
            result = decode_predict(response, {output: (len(x0),)})[output]
        except WireError as error:
            raise ScorerRefusedError(f"scorer: must answer with scores; {error}") from error
        if answered != self._version:
            raise ScorerRefusedError(
                f"scorer: must answer with version {self._version}; received {answered}"
            )
        return result.astype(np.float32, copy=False)
