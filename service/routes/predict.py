"""POST /predict."""

import orjson
from starlette.types import Receive, Scope, Send

from service.account import ACCOUNT, Account
from service.body import check_content_type, read_body
from service.body_budget import BodyBudget
from service.deadline import Deadline
from service.edge import REQUEST_ID
from service.explanation import HEADER, explain
from service.http_protocol import COMPLETE_NS
from service.metrics import Metrics
from service.prediction import Prediction
from service.predictor import Predictor
from service.stage_clock import StageClock

PATHS = frozenset({"/predict", "/v1/predict"})


class PredictEndpoint:
    """Scores a batch of impressions; an ASGI application, since FastAPI's way in is slow.

    Args:
        predictor: answers.
        metrics: told of each answer.
        max_body_bytes: largest body.
        body_timeout_s: how long a body may take to arrive, in seconds.
        request_timeout_ms: deadline from the end of the body, in milliseconds.
        budget: of the bytes of all bodies at a time.
        key_header: header whose value decides whether the canary gets a request; where there is
            none, and if it is empty, the request's id does.
    """

    def __init__(
        self,
        predictor: Predictor,
        metrics: Metrics,
        max_body_bytes: int,
        body_timeout_s: float,
        request_timeout_ms: int,
        budget: BodyBudget,
        key_header: str = "",
    ) -> None:
        self._predictor = predictor
        self._metrics = metrics
        self._max_body_bytes = max_body_bytes
        self._body_timeout_s = body_timeout_s
        self._request_timeout_ms = request_timeout_ms
        self._budget = budget
        self._key_header = key_header.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        check_content_type(headers)
        with self._budget.reading() as reading:
            body = await read_body(
                headers, receive, self._max_body_bytes, self._body_timeout_s, reading
            )
            account: Account = scope[ACCOUNT]
            clock = account.clock = StageClock(scope.get(COMPLETE_NS), account.traced)
            waited_ms = clock.since_start_ns / 1e6
            deadline = Deadline.after_ms(self._request_timeout_ms - waited_ms)
            request_id = scope[REQUEST_ID]
            given = headers.get(self._key_header)
            key = given.decode("latin-1") if given else request_id
            prediction = await self._predictor.predict(body, deadline, clock, key)
        account.prediction = prediction
        content = render(prediction, request_id)
        explained: tuple[tuple[bytes, bytes], ...] = ()
        if headers.get(HEADER) == b"1":
            explained = ((HEADER, explain(prediction)),)
        clock.lap("respond")
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(content)).encode()),
                    (b"server-timing", clock.server_timing()),
                    *explained,
                ],
            }
        )
        await send({"type": "http.response.body", "body": content})
        clock.lap("respond")  # the header could not know how long it takes to send
        self._metrics.observe(prediction, clock)


def render(prediction: Prediction, request_id: str) -> bytes:
    """Write the answer as JSON; a probability has the digits that tell it from the next float32."""
    return orjson.dumps(
        {
            "model": prediction.model,
            "version": prediction.version,
            "probabilities": prediction.probabilities,
            "degraded": prediction.degraded,
            "request_id": request_id,
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )
