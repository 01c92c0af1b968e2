"""The rules of a ModelServerConfig, with TF Serving's texts."""

from collections.abc import Mapping, Set
from pathlib import PurePosixPath

import grpc
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelConfig,
    ModelServerConfig,
    ModelType,
)

from service.model_server.serving_error import ServingError

_INVALID = grpc.StatusCode.INVALID_ARGUMENT


def validated_configs(config: ModelServerConfig) -> dict[str, ModelConfig]:
    """Return the configured models by name.

    Raises:
        ServingError: INVALID_ARGUMENT for a model listed twice, a relative base path or a platform
            other than "tensorflow".
    """
    configs: dict[str, ModelConfig] = {}
    for model in config.model_config_list.config:
        if model.name in configs:
            raise ServingError(
                _INVALID, f"Illegal to list model {model.name} multiple times in config list"
            )
        if not PurePosixPath(model.base_path).is_absolute():
            raise ServingError(
                _INVALID,
                f"Expected model {model.name} to have an absolute path or URI; got "
                f"base_path()={model.base_path}",
            )
        platform = model.model_platform
        if not platform and model.model_type == ModelType.Value("TENSORFLOW"):
            platform = "tensorflow"
        if platform != "tensorflow":
            raise ServingError(
                _INVALID, f"Model {model.name} requests unsupported platform {platform}"
            )
        configs[model.name] = model
    return configs


def resolve_labels(
    configs: Mapping[str, ModelConfig],
    available: Mapping[str, Set[int]],
    used: Mapping[str, Mapping[str, int]],
    early: bool,
) -> dict[str, dict[str, int]]:
    """Return the labels of each model.

    Args:
        configs: the models by name.
        available: versions of each model that answer now.
        used: the labels until now.
        early: a label not in use may be given to a version that is not available yet.

    Raises:
        ServingError: FAILED_PRECONDITION for a label of a version that is not available.
    """
    labels: dict[str, dict[str, int]] = {}
    for name, model in configs.items():
        for label, version in model.version_labels.items():
            unused = used.get(name, {}).get(label, version) == version
            if version not in available[name] and not (early and unused):
                raise ServingError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f"Request to assign label to version {version} of model {name}, "
                    "which is not currently available for inference",
                )
            labels.setdefault(name, {})[label] = version
    return labels
