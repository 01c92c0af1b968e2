"""ModelService on the official stubs."""

from pathlib import Path

import grpc
from tensorflow_serving.apis.get_model_status_pb2 import (
    GetModelStatusRequest,
    GetModelStatusResponse,
)
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest, ReloadConfigResponse
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceServicer
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from service.model_server.model_registry import ModelRegistry
from service.model_server.prediction_service import answered_errors
from service.model_server.serving_error import ServingError
from service.model_server.version_keeper import VersionKeeper

LONGEST_WAIT = 300.0
"""Most seconds that a reload waits for its new models."""

_INVALID = grpc.StatusCode.INVALID_ARGUMENT


class ModelService(ModelServiceServicer):
    """GetModelStatus and HandleReloadConfigRequest.

    Args:
        registry: the models.
        keeper: loads what a reload asks for.
        root: folder that the base paths of a reload request must lie in; None refuses every
            request.
    """

    def __init__(self, registry: ModelRegistry, keeper: VersionKeeper, root: Path | None) -> None:
        self._registry = registry
        self._keeper = keeper
        self._root = root.resolve() if root else None

    def GetModelStatus(  # noqa: N802 - the stub's name
        self, request: GetModelStatusRequest, context: grpc.ServicerContext
    ) -> GetModelStatusResponse:
        """Tell the state of a model's versions."""
        response = GetModelStatusResponse()
        with answered_errors(context):
            if not request.HasField("model_spec"):
                raise ServingError(_INVALID, "Missing ModelSpec")
            for status in self._registry.statuses(request.model_spec):
                told = response.model_version_status.add(version=status.version, state=status.state)
                told.status.error_code = status.error_code
                told.status.error_message = status.error_message
        return response

    def HandleReloadConfigRequest(  # noqa: N802 - the stub's name
        self, request: ReloadConfigRequest, context: grpc.ServicerContext
    ) -> ReloadConfigResponse:
        """Serve another configuration; answers when every new model is available."""
        with answered_errors(context):
            if request.config.WhichOneof("config") != "model_config_list":
                raise ServingError(
                    _INVALID,
                    "ServerModelConfig type not supported by HandleReloadConfigRequest. "
                    "Only ModelConfigList is currently supported",
                )
            self._refuse_paths_outside(request.config)
            new = self._registry.configure(request.config)
            self._keeper.wake()
            left = context.time_remaining()
            wait = LONGEST_WAIT if left is None else min(left, LONGEST_WAIT)
            missing = self._registry.wait_available(new, wait)
            if missing:
                raise ServingError(
                    grpc.StatusCode.UNKNOWN,
                    f"{len(missing)} model(s) did not become available: {{{', '.join(missing)}}}",
                )
        return ReloadConfigResponse()

    def _refuse_paths_outside(self, config: ModelServerConfig) -> None:
        if self._root is None:
            raise ServingError(
                grpc.StatusCode.PERMISSION_DENIED,
                "This server has no root folder, so a request may name no base path",
            )
        for model in config.model_config_list.config:
            if not Path(model.base_path).resolve().is_relative_to(self._root):
                raise ServingError(
                    grpc.StatusCode.PERMISSION_DENIED,
                    f"base_path of model {model.name}: a request may name folders below "
                    f"{self._root} only; received {model.base_path}",
                )
