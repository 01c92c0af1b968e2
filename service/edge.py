"""What surrounds every request: its id, its errors as problems, its place in counters and log."""

from time import perf_counter_ns

from starlette.types import ASGIApp, Receive, Scope, Send

from service.account import ACCOUNT, Account
from service.client_gone_error import ClientGoneError
from service.components import Components
from service.exchange import Exchange
from service.guarded_protocol import BEHIND
from service.problems import problem_of
from service.request_id import HEADER, request_id_of

REQUEST_ID = "dynint.request_id"
"""Key of the request's id in the ASGI scope."""

_GONE = "client_gone"


class Edge:
    """Wraps an ASGI application: whatever goes wrong inside becomes problem+json.

    Args:
        app: what is wrapped.
        components: their metrics count answers by route and status, their log tells of them; while
            they drain, connections are closed.
        routes: paths that are counted apart; the others are one.
    """

    def __init__(self, app: ASGIApp, components: Components, routes: frozenset[str]) -> None:
        self._app = app
        self._components = components
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began_ns = perf_counter_ns()
        headers = dict(scope["headers"])
        request_id = request_id_of(headers.get(HEADER))
        behind = scope.get(BEHIND, ())
        exchange = Exchange(receive, send, request_id, self._components.draining, behind)
        scope[REQUEST_ID] = request_id
        tracer = self._components.tracer
        trace = None if tracer is None else tracer.begin(headers, request_id)
        account = scope[ACCOUNT] = Account(traced=trace is not None)
        route = scope["path"] if scope["path"] in self._routes else "other"
        log = self._components.request_log
        outcome = ""
        failure = False
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientGoneError:
            outcome = _GONE
        except Exception as error:
            problem = problem_of(error)
            if problem.is_failure:
                failure = True
                log.failed(request_id, route, _took(began_ns, account, 0), account, error, problem)
            if not exchange.status:
                has_body = b"content-length" in headers or b"transfer-encoding" in headers
                await exchange.send_problem(problem, has_body)
        status = 0 if outcome else exchange.status
        if tracer is not None and trace is not None:
            tracer.finish(trace, scope["method"], route, status, request_id, account)
        if not failure:
            log.answered(
                request_id, route, status, _took(began_ns, account, exchange.answered_ns), account
            )
        if account.prediction is not None:
            self._components.gate_watch.answered(request_id, account.prediction)
        self._components.metrics.requests.labels(route, outcome or str(exchange.status)).inc()


def _took(began_ns: int, account: Account, answered_ns: int) -> int:
    """Measure from when the request was there whole (if it never was, from its head) to its answer.

    What is counted and freed afterwards is no part of it; without an answer it goes on until now. A
    last stage that ends after the answer was handed over is.
    """
    end_ns = answered_ns or perf_counter_ns()
    clock = account.clock
    if clock is None:
        return end_ns - began_ns
    return max(end_ns - clock.start_ns, clock.total_ns)
