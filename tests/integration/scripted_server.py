"""A gRPC server that answers as a model server, or as a test wants."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Self

import grpc
import numpy as np

from model.wire import (
    MODEL_STATUS_METHOD,
    PREDICT_METHOD,
    GetModelStatusRequest,
    GetModelStatusResponse,
    PredictRequest,
    decode_tensor,
    encode_predict_response,
)


class Scripted:
    """Serves every version of ``sums``: sums rows, or fails as a test says.

    Attributes:
        fail: status of the next Predict calls, if any.
        spare_logits: whether calls for logits, as a proof makes them, do not fail and are not late.
        delay_s: how long Predict calls take.
        scale: what their sums are multiplied with.
        known: the version that GetModelStatus tells of when it is asked for all.
        served: what GetModelStatus says of every version.
        before: awaited with each request before it is answered, if set.
        calls: Predict calls so far.
        asked: of them, the names of output and signature.
        metadata: what the last Predict call carried.
        cancelled: Predict calls that were cancelled while they were late.
        statuses: GetModelStatus calls so far.
    """

    def __init__(self, port: int = 0) -> None:
        self.fail: grpc.StatusCode | None = None
        self.spare_logits = False
        self.delay_s = 0.0
        self.scale = 1.0
        self.served = True
        self.before: Callable[[PredictRequest], Awaitable[None]] | None = None
        self.calls = 0
        self.asked: list[tuple[str, str]] = []
        self.metadata: dict[str, str | bytes] = {}
        self.cancelled = 0
        self.statuses = 0
        self.known = 1
        self.port = port
        self._ended = threading.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @property
    def target(self) -> str:
        """``host:port`` to ask it at."""
        return f"127.0.0.1:{self.port}"

    def count(self, output: str) -> int:
        """Count the Predict calls for an output."""
        return sum(asked == output for asked, _ in list(self.asked))

    async def _run(self) -> None:
        options = [("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)]
        server = grpc.aio.server(options=options)
        handlers = {
            PREDICT_METHOD: self._predict,
            MODEL_STATUS_METHOD: self._status,
        }
        for method, handler in handlers.items():
            _, service, name = method.split("/")
            handling = grpc.unary_unary_rpc_method_handler(handler)
            server.add_generic_rpc_handlers(
                [grpc.method_handlers_generic_handler(service, {name: handling})]
            )
        self.port = server.add_insecure_port(f"127.0.0.1:{self.port}")
        await server.start()
        self._started.set()
        while not self._ended.is_set():
            await asyncio.sleep(0.02)
        await server.stop(None)

    async def _status(self, request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        self.statuses += 1
        spec = GetModelStatusRequest.FromString(request).model_spec
        version = spec.version.value if spec.HasField("version") else self.known
        response = GetModelStatusResponse()
        response.model_version_status.add(version=version, state=30 if self.served else 50)
        return response.SerializeToString()

    async def _predict(self, request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        message = PredictRequest.FromString(request)
        output, signature = message.output_filter[0], message.model_spec.signature_name
        self.calls += 1
        self.asked.append((output, signature))
        self.metadata = dict(context.invocation_metadata() or ())
        if self.before is not None:
            await self.before(message)
        if not (self.spare_logits and output == "logit"):
            try:
                await asyncio.sleep(self.delay_s)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            if self.fail is not None:
                await context.abort(self.fail, "as the test says, at 10.0.0.1")
        sums = [decode_tensor(x).astype(np.float32).sum((1, 2)) for x in message.inputs.values()]
        logit = np.float32(sum(sums) * self.scale)
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = {"logit": logit, "probability": 1 / (1 + np.exp(-logit))}
        version = message.model_spec.version.value
        return encode_predict_response(outputs, "sums", version).SerializeToString()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(20)
