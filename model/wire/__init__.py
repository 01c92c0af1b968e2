"""TF Serving's messages without TensorFlow: own protos, wire-compatible, in NumPy arrays.

    call = channel.unary_unary(PREDICT_METHOD, request_serializer=None, response_deserializer=None)
    outputs = decode_predict(await call(predict_bytes("ctr", {"embeddings": x}, version=7)))

``encode_*`` build messages, ``decode_*`` take a message or its bytes and raise ``WireError``.
"""

from model.wire.half import HALF_ERROR, HALF_LIMIT, RANK_HALF, SERVING_HALF
from model.wire.methods import METADATA_METHOD, MODEL_STATUS_METHOD, PREDICT_METHOD, RELOAD_METHOD
from model.wire.model_service_pb2 import (
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelServerConfig,
    ReloadConfigRequest,
    ReloadConfigResponse,
)
from model.wire.model_status import (
    VersionState,
    VersionStatus,
    decode_model_status,
    encode_model_status,
)
from model.wire.predict import (
    decode_predict,
    encode_predict,
    encode_predict_response,
    predict_answer,
    predict_bytes,
    response_version,
)
from model.wire.predict_pb2 import ModelSpec, PredictRequest, PredictResponse
from model.wire.reload_config import decode_reload, encode_reload, model_config_text
from model.wire.served_model import ServedModel
from model.wire.tensors import decode_tensor, encode_tensor
from model.wire.wire_error import WireError

__all__ = [
    "HALF_ERROR",
    "HALF_LIMIT",
    "METADATA_METHOD",
    "MODEL_STATUS_METHOD",
    "PREDICT_METHOD",
    "RANK_HALF",
    "RELOAD_METHOD",
    "SERVING_HALF",
    "GetModelStatusRequest",
    "GetModelStatusResponse",
    "ModelServerConfig",
    "ModelSpec",
    "PredictRequest",
    "PredictResponse",
    "ReloadConfigRequest",
    "ReloadConfigResponse",
    "ServedModel",
    "VersionState",
    "VersionStatus",
    "WireError",
    "decode_model_status",
    "decode_predict",
    "decode_reload",
    "decode_tensor",
    "encode_model_status",
    "encode_predict",
    "encode_predict_response",
    "encode_reload",
    "encode_tensor",
    "model_config_text",
    "predict_answer",
    "predict_bytes",
    "response_version",
]
