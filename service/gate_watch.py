"""Measures a model's gates on live traffic, after the answers."""

import asyncio

import numpy as np
import structlog
from numpy.typing import NDArray

from service.array_histogram import ArrayHistogram
from service.deadline import Deadline
from service.prediction import Prediction
from service.quiet import Quiet
from service.release import Release
from service.sampler import Sampler

_log = structlog.get_logger()
_ROWS = 64
_DEADLINE_MS = 2_000


class GateWatch:
    """Has the gates of a sample of the requests measured, one request at a time.

    It begins when the answer was sent and does nothing that the request could notice: at most 64 of
    its rows go to the scorer once more, and whatever goes wrong is a line in the log. A release
    without gates, or of before there was a signature for them, is not measured.

    Args:
        sample: share of the requests, in [0, 1].
        saturation: histogram by version and layer.
    """

    def __init__(self, sample: float, saturation: ArrayHistogram) -> None:
        self._sampler = Sampler(sample)
        self._saturation = saturation
        self._task: asyncio.Task[None] | None = None
        self._quiet = Quiet()

    def answered(self, request_id: str, prediction: Prediction) -> None:
        """Measure the gates for an answered request, if it is in the sample and none is measured."""
        release = prediction.release
        if release is None or not release.gates or not self._sampler.takes(request_id):
            return
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._measure(release, prediction))

    async def close(self) -> None:
        """End what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _measure(self, release: Release, prediction: Prediction) -> None:
        try:
            x0 = whole_rows(release, prediction.embedded.blocks, _ROWS)
            found = await release.scorer.gates(x0, Deadline.after_ms(_DEADLINE_MS))
            if found.shape != (len(x0), len(release.gates)):
                raise ValueError(f"gates: must be one share per row and layer; got {found.shape}")
        except Exception as error:
            if self._quiet.admit(release.version) is not None:
                _log.warning(
                    "gates_not_measured",
                    version=release.version,
                    error=type(error).__name__,
                    text=str(error),
                )
            return
        for place, layer in enumerate(release.gates):
            self._saturation.labels(release.version, layer).observe(found[:, place])


def whole_rows(
    release: Release, blocks: tuple[NDArray[np.float32], ...], most: int
) -> NDArray[np.float32]:
    """Take some of a request's rows, each with all its fields.

    Args:
        release: whose rows they are.
        blocks: whole rows, or the context and the candidates.
        most: how many rows; they are spread evenly over the request.

    Returns:
        ``(at most most, fields, width)``.
    """
    rows = blocks[-1]
    chosen = rows[:: max(1, -(-len(rows) // most))]
    if len(blocks) == 1:
        return np.ascontiguousarray(chosen)
    spec = release.spec
    x0 = np.empty((len(chosen), len(spec.fields), rows.shape[2]), np.float32)
    x0[:, list(spec.positions("context"))] = blocks[0]
    x0[:, list(spec.positions("candidate"))] = chosen
    return x0
