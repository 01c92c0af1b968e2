"""Tiny SavedModels and clients for the model server's tests.

Version ``n`` answers ``n`` times the sum of its inputs, so that an answer tells which version gave it.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from model.wire import (
    MODEL_STATUS_METHOD,
    PREDICT_METHOD,
    RELOAD_METHOD,
    ServedModel,
    VersionStatus,
    decode_model_status,
    decode_predict,
    decode_reload,
    encode_model_status,
    encode_reload,
    predict_bytes,
)
from service.model_server.options import ModelServerOptions
from service.model_server.server import ModelServer

CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
]
FIELDS, WIDTH = 3, 2


class TinyModel(tf.Module):
    def __init__(self, scale: float, fields: int = FIELDS, width: int = WIDTH) -> None:
        self.scale = tf.Variable(float(scale))
        self.calls = tf.Variable(0)
        rows = tf.TensorSpec((None, fields, width), tf.float32)

        @tf.function(input_signature=[tf.TensorSpec(rows.shape, tf.float32, name="embeddings")])
        def serving_default(embeddings):
            return self.scored(tf.reduce_sum(embeddings, (1, 2)))

        @tf.function(
            input_signature=[
                tf.TensorSpec((1, 1, width), tf.float32, name="context"),
                tf.TensorSpec((None, fields - 1, width), tf.float32, name="candidates"),
            ]
        )
        def rank(context, candidates):
            return self.scored(tf.reduce_sum(candidates, (1, 2)) + tf.reduce_sum(context))

        @tf.function(input_signature=[tf.TensorSpec((), tf.int32, name="rounds")])
        def busy(rounds):
            return {"done": tf.while_loop(lambda i: i < rounds, lambda i: (i + 1,), (0,))[0]}

        @tf.function(input_signature=[tf.TensorSpec((), tf.int32, name="by")])
        def count(by):
            return {"calls": self.calls.assign_add(by)}

        self.functions = {
            "serving_default": serving_default,
            "rank": rank,
            "busy": busy,
            "count": count,
        }

    def scored(self, total):
        logit = total * self.scale
        return {"logit": logit, "probability": tf.sigmoid(logit)}


def save_version(
    base: Path,
    version: int,
    fields: int = FIELDS,
    width: int = WIDTH,
    change: Callable[[Path], None] = lambda staged: None,
) -> Path:
    """Stage a version beside ``base``, ``change`` it, and let it appear by one rename."""
    staged = base.parent / f".staged-{version}"
    model = TinyModel(version, fields, width)
    tf.saved_model.save(model, str(staged), signatures=model.functions)
    change(staged)
    base.mkdir(exist_ok=True)
    final = base / str(version)
    if final.exists():
        shutil.rmtree(final)
    staged.rename(final)
    return final


def rows(batch: int, fields: int = FIELDS, width: int = WIDTH) -> np.ndarray:
    return np.random.default_rng(batch).normal(size=(batch, fields, width)).astype(np.float32)


def wait_for(happened: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Look again and again until ``happened()``; fails with ``what`` after ``seconds``."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


@contextmanager
def serving(base: Path, **options):
    """Serve the model in ``base`` from this process on a free port; yields a client."""
    chosen = {"root": base.parent, "name": base.name, "port": 0, "poll_seconds": 0.02, **options}
    server = ModelServer(ModelServerOptions(**chosen))
    with Client(server.start()) as client:
        yield client
    assert server.stop()


def failure(call, *arguments, **options) -> tuple[grpc.StatusCode, str]:
    """Return the status and the text that a call fails with."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **options)
    return caught.value.code(), caught.value.details()


class Client:
    """Both ways to a server: the project's wire (bytes) and the official stubs."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL_OPTIONS)
        self.prediction = PredictionServiceStub(self.channel)
        self.model = ModelServiceStub(self.channel)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self.channel.close()

    def _bytes(self, method: str) -> grpc.UnaryUnaryMultiCallable:
        return self.channel.unary_unary(method, None, None)

    def predict(self, inputs, model: str = "ctr", timeout: float = 20, **choice):
        call = self._bytes(PREDICT_METHOD)
        return decode_predict(call(predict_bytes(model, inputs, **choice), timeout=timeout))

    def version(self, model: str = "ctr", **choice) -> int:
        """Tell by its answer which version a call reaches."""
        ones = np.full((1, FIELDS, WIDTH), 1 / (FIELDS * WIDTH), np.float32)
        logit = self.predict({"embeddings": ones}, model, **choice)["logit"]
        return round(float(logit[0]))

    def statuses(self, model: str = "ctr") -> tuple[VersionStatus, ...]:
        request = encode_model_status(model).SerializeToString()
        return decode_model_status(self._bytes(MODEL_STATUS_METHOD)(request, timeout=20))

    def states(self, model: str = "ctr") -> dict[int, str]:
        return {status.version: status.state.name for status in self.statuses(model)}

    def state(self, version: int) -> str:
        return self.states().get(version, "absent")

    def reload(self, models: Sequence[ServedModel], timeout: float = 20) -> None:
        request = encode_reload(models).SerializeToString()
        decode_reload(self._bytes(RELOAD_METHOD)(request, timeout=timeout))

    def official(self, inputs, model: str = "ctr", **fields) -> predict_pb2.PredictResponse:
        request = predict_pb2.PredictRequest(**fields)
        request.model_spec.name = model
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array, shape=array.shape))
        return self.prediction.Predict(request, timeout=20)
