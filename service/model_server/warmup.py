"""Replay of a model's recorded requests, so that the first caller does not pay for tracing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from service.model_server.serving_error import ServingError

WARMUP_FILE = Path("assets.extra/tf_serving_warmup_requests")
MOST_RECORDS = 1000
"""TF Serving refuses a model with more."""

_INVALID = grpc.StatusCode.INVALID_ARGUMENT


def replay_warmup(path: Path, predict: Callable[[Any], Any]) -> int:
    """Send each recorded Predict request of a version to ``predict``; returns how many.

    Raises:
        ServingError: if the file is no TFRecord file of PredictionLogs, holds another kind of
            request or too many, or a request fails: the model is not served then, as in TF Serving.
    """
    file = path / WARMUP_FILE
    if not file.exists():
        return 0
    count = 0
    try:
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            log = PredictionLog.FromString(record)
            if log.WhichOneof("log_type") != "predict_log":
                raise ServingError(
                    grpc.StatusCode.UNIMPLEMENTED,
                    f"Unsupported log_type for warmup: {log.WhichOneof('log_type')}",
                )
            count += 1
            if count > MOST_RECORDS:
                raise ServingError(
                    _INVALID,
                    f"Number of warmup records exceeds the maximum ({MOST_RECORDS}) at {file}",
                )
            predict(log.predict_log.request)
    except DecodeError as error:
        raise ServingError(_INVALID, f"Failed to parse warmup record from {file}") from error
    except tf.errors.DataLossError as error:
        raise ServingError(
            grpc.StatusCode.DATA_LOSS,
            f"{error.message}. Please verify your warmup data is in TFRecord format.",
        ) from error
    return count
