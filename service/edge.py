"""What surrounds every request: its id, its errors as problems, its place in the counters."""

import logging
from time import monotonic

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from service.client_gone_error import ClientGoneError
from service.components import Components
from service.exchange import Exchange
from service.guarded_protocol import BEHIND
from service.problems import Problem, problem_of
from service.request_id import HEADER, request_id_of

_log = structlog.get_logger()

REQUEST_ID = "dynint.request_id"
"""Key of the request's id in the ASGI scope."""

_GONE = "client_gone"
_QUIET_S = 1.0


class Edge:
    """Wraps an ASGI application: whatever goes wrong inside becomes problem+json.

    Args:
        app: what is wrapped.
        components: their metrics count answers by route and status; while they drain, connections
            are closed.
        routes: paths that are counted apart; the others are one.
    """

    def __init__(self, app: ASGIApp, components: Components, routes: frozenset[str]) -> None:
        self._app = app
        self._components = components
        self._routes = routes
        self._quiet_until_s: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        request_id = request_id_of(headers.get(HEADER))
        behind = scope.get(BEHIND, ())
        exchange = Exchange(receive, send, request_id, self._components.draining, behind)
        scope[REQUEST_ID] = request_id
        outcome = ""
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientGoneError:
            outcome = _GONE
        except Exception as error:
            problem = problem_of(error)
            if problem.is_failure:
                self._report(error, problem, request_id)
            if not exchange.status:
                has_body = b"content-length" in headers or b"transfer-encoding" in headers
                await exchange.send_problem(problem, has_body)
        route = scope["path"] if scope["path"] in self._routes else "other"
        self._components.metrics.requests.labels(route, outcome or str(exchange.status)).inc()

    def _report(self, error: Exception, problem: Problem, request_id: str) -> None:
        """Log what the caller is not told: every bug, and each other kind once a second."""
        if not problem.is_bug:
            now = monotonic()
            if now < self._quiet_until_s.get(problem.kind.slug, 0.0):
                return
            self._quiet_until_s[problem.kind.slug] = now + _QUIET_S
        _log.log(
            logging.ERROR if problem.is_bug else logging.WARNING,
            "request_failed",
            request_id=request_id,
            status=problem.status,
            error=type(error).__name__,
            text=str(error),
            notes=getattr(error, "__notes__", []),
            exc_info=error if problem.is_bug else None,
        )
