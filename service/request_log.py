"""The log's lines about requests: a sample, the slow ones, and every kind of failure."""

import logging
from typing import Any

import structlog

from service.account import Account
from service.problems import Problem
from service.quiet import Quiet
from service.sampler import Sampler

_log = structlog.get_logger()
_SLOW_LINES = 10


class RequestLog:
    """Writes what is worth knowing of a request, never a value of its features.

    A request is told of if the sample has it, if it is slow (at most ten of these a second), or if
    it failed for a reason that is not the caller's (one line a second of each kind; every bug). A
    line after others were left out says how many.

    Args:
        sample: share of the requests, in [0, 1].
        slow_ms: what takes longer is slow, in milliseconds.
    """

    def __init__(self, sample: float, slow_ms: float) -> None:
        self._sampler = Sampler(sample)
        self._slow_ns = int(slow_ms * 1e6)
        self._quiet_slow = Quiet(_SLOW_LINES)
        self._quiet_failures = Quiet()

    def answered(
        self, request_id: str, route: str, status: int, took_ns: int, account: Account
    ) -> None:
        """Tell of an answered request, if it is to be.

        Args:
            request_id: the request's name.
            route: its path, if it is one of the gateway's.
            status: of the answer; 0 if the client left before.
            took_ns: from when the request was there to its answer.
            account: what else is known.
        """
        left_out = 0
        if not self._sampler.takes(request_id):
            if took_ns <= self._slow_ns:
                return
            admitted = self._quiet_slow.admit("slow")
            if admitted is None:
                return
            left_out = admitted
        _log.info(
            "request",
            request_id=request_id,
            **_facts(route, status, took_ns, account),
            **_left_out(left_out),
        )

    def failed(
        self,
        request_id: str,
        route: str,
        took_ns: int,
        account: Account,
        error: Exception,
        problem: Problem,
        count: int = 1,
    ) -> None:
        """Tell of a failure what the caller is not told; arguments as ``answered``.

        So many failed in the same way, of which this is one.
        """
        left_out = 0
        if not problem.is_bug:
            admitted = self._quiet_failures.admit(problem.kind.slug, count)
            if admitted is None:
                return
            left_out = admitted
        _log.log(
            logging.ERROR if problem.is_bug else logging.WARNING,
            "request_failed",
            request_id=request_id,
            error=type(error).__name__,
            text=str(error),
            notes=getattr(error, "__notes__", []),
            exc_info=error if problem.is_bug else None,
            **_facts(route, problem.status, took_ns, account),
            **_left_out(left_out),
        )


def _facts(route: str, status: int, took_ns: int, account: Account) -> dict[str, Any]:
    facts: dict[str, Any] = {"route": route, "status": status, "ms": round(took_ns / 1e6, 3)}
    if account.caller:
        facts["caller"] = account.caller
    if account.clock is not None:
        facts["stages_ms"] = account.clock.milliseconds()
    prediction = account.prediction
    if prediction is not None:
        facts["version"] = prediction.version
        facts["rows"] = len(prediction.probabilities)
        facts["degraded"] = prediction.embedded.degraded
    return facts


def _left_out(count: int) -> dict[str, int]:
    return {"left_out": count} if count else {}
