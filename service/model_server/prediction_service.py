"""PredictionService on the official stubs."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
)
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceServicer

from service.model_server.call_gate import CallGate
from service.model_server.model_registry import ModelRegistry
from service.model_server.serving_error import ServingError

SIGNATURE_DEF = "signature_def"
_INVALID = grpc.StatusCode.INVALID_ARGUMENT


@contextmanager
def answered_errors(context: grpc.ServicerContext) -> Iterator[None]:
    """End the call with the status of a ``ServingError`` raised inside."""
    try:
        yield
    except ServingError as error:
        context.abort(error.code, error.message)


class PredictionService(PredictionServiceServicer):
    """Predict and GetModelMetadata; the other methods answer UNIMPLEMENTED."""

    def __init__(self, registry: ModelRegistry, gate: CallGate) -> None:
        self._registry = registry
        self._gate = gate

    def Predict(  # noqa: N802 - the stub's name
        self, request: PredictRequest, context: grpc.ServicerContext
    ) -> PredictResponse:
        """Run a signature of the version that the request names."""
        with answered_errors(context):
            _require_spec(request)
            with self._gate.enter(context.time_remaining()):
                if not context.is_active():
                    raise ServingError(grpc.StatusCode.CANCELLED, "The caller is gone")
                with self._registry.lease(request.model_spec) as servable:
                    return servable.predict(request)

    def GetModelMetadata(  # noqa: N802 - the stub's name
        self, request: GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> GetModelMetadataResponse:
        """Describe the signatures of the version that the request names."""
        with answered_errors(context):
            _require_spec(request)
            if not request.metadata_field:
                raise ServingError(
                    _INVALID, "GetModelMetadataRequest must specify at least one metadata_field"
                )
            for field in request.metadata_field:
                if field != SIGNATURE_DEF:
                    raise ServingError(_INVALID, f"Metadata field {field} is not supported")
            response = GetModelMetadataResponse()
            with self._registry.lease(request.model_spec) as servable:
                response.model_spec.name = request.model_spec.name
                response.model_spec.version.value = servable.version
                response.metadata[SIGNATURE_DEF].Pack(servable.signature_defs())
            return response


def _require_spec(request: PredictRequest | GetModelMetadataRequest) -> None:
    if not request.HasField("model_spec"):
        raise ServingError(_INVALID, "Missing ModelSpec")
