"""Writes a verdict where every gateway and the next training see it."""

import asyncio
from pathlib import Path
from time import monotonic

import structlog

from model.bundle import end_canary
from model.errors import CheckFailedError, DynIntError
from service.canary.thresholds import Thresholds
from service.canary.trial import Trial

_log = structlog.get_logger()
_FIRST_RETRY_S = 1.0
_LAST_RETRY_S = 60.0


class VerdictWriter:
    """Ends one trial's canary in the pointer, and tries again as long as that fails.

    The lock may be held by a promotion, the root may be read-only: nothing waits for it, least of
    all a request.

    Args:
        model_dir: ``ROOT/<model-name>``.
    """

    def __init__(self, model_dir: Path) -> None:
        self._model_dir = model_dir
        self._done = False
        self._told = ""
        self._retry_at_s = 0.0
        self._delay_s = _FIRST_RETRY_S

    async def write(self, trial: Trial, thresholds: Thresholds) -> None:
        """Write a trial's verdict, unless that is done or it is too early to try again."""
        version = trial.release.version
        if self._done or monotonic() < self._retry_at_s:
            return
        try:
            ended = await asyncio.to_thread(
                end_canary,
                self._model_dir,
                version,
                trial.verdict or "",
                thresholds.to_json(),
                trial.judge.figures(),
                wait_seconds=0.0,
            )
        except (DynIntError, OSError) as error:
            self._retry_at_s = monotonic() + self._delay_s
            self._delay_s = min(2 * self._delay_s, _LAST_RETRY_S)
            self._tell(version, error)
        else:
            self._done = True
            outcome = "had ended already" if ended is None else "ended in the pointer"
            _log.warning("canary_ended", version=version, outcome=outcome)

    def _tell(self, version: str, error: Exception) -> None:
        """Tell the log once of each thing that is in the way."""
        if str(error) == self._told:
            return
        self._told = str(error)
        held = isinstance(error, CheckFailedError)
        _log.warning(
            "canary_end_not_written",
            version=version,
            error=type(error).__name__,
            text=str(error),
            consequence="it is tried again soon"
            if held
            else "this gateway keeps to its decision until current.json does not name this canary; "
            "others decide for themselves. Where the root can be written: dynint rollback",
        )
