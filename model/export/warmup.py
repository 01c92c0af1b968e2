"""The requests that TensorFlow Serving replays before it says a version is available."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

from model.export.saved_model import unwritten
from model.export.served_model import RANK, SERVING
from model.features import FeatureSpec
from model.wire import RANK_HALF, SERVING_HALF

WARMUP = "assets.extra/tf_serving_warmup_requests"
BATCHES = (1, 100)


def _request(name: str, signature: str, inputs: Mapping[str, npt.NDArray[Any]]) -> bytes:
    request = PredictRequest()
    request.model_spec.name = name
    request.model_spec.signature_name = signature
    for key, array in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(array))
    log = PredictionLog(predict_log=PredictLog(request=request))
    return bytes(log.SerializeToString(deterministic=True))


def _requests(
    name: str, spec: FeatureSpec, signatures: tuple[str, ...], embeddings: npt.NDArray[np.float32]
) -> Iterator[bytes]:
    for batch in BATCHES:
        rows = np.resize(embeddings, (batch, *embeddings.shape[1:]))
        yield _request(name, SERVING, {"embeddings": rows})
        sides = {
            "context": rows[:1, list(spec.positions("context"))],
            "candidates": rows[:, list(spec.positions("candidate"))],
        }
        if RANK in signatures:
            yield _request(name, RANK, sides)
        with np.errstate(over="ignore"):
            yield _request(name, SERVING_HALF, {"embeddings": rows.astype(np.float16)})
            if RANK_HALF in signatures:
                halves = {key: array.astype(np.float16) for key, array in sides.items()}
                yield _request(name, RANK_HALF, halves)


def write_warmup(
    folder: Path,
    name: str,
    spec: FeatureSpec,
    signatures: tuple[str, ...],
    embeddings: npt.NDArray[np.float32],
) -> None:
    """Write the warm-up file: each signature that scores embeddings, at batch 1 and 100.

    Args:
        folder: of the SavedModel.
        name: of the release, as TensorFlow Serving will know it.
        spec: the fields, for the two sides of ``rank``.
        signatures: which the SavedModel offers.
        embeddings: real rows to repeat, ``(n, fields, width)``.

    Raises:
        InvalidInputError: if TensorFlow cannot write it.
    """
    path = folder / WARMUP
    path.parent.mkdir()
    try:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for request in _requests(name, spec, signatures, embeddings):
                writer.write(request)
    except tf.errors.OpError as error:
        raise unwritten(WARMUP, error) from error
