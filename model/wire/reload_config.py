"""ModelServerConfig: sent by HandleReloadConfigRequest, or the file that TF Serving polls."""

from collections.abc import Sequence

from google.protobuf import text_format

from model.wire.model_service_pb2 import (
    ModelServerConfig,
    ReloadConfigRequest,
    ReloadConfigResponse,
)
from model.wire.predict import parse
from model.wire.served_model import ServedModel
from model.wire.wire_error import WireError


def model_server_config(models: Sequence[ServedModel]) -> ModelServerConfig:
    """Build the configuration that serves exactly ``models``."""
    config = ModelServerConfig()
    config.model_config_list.SetInParent()
    for model in models:
        entry = config.model_config_list.config.add(
            name=model.name, base_path=model.base_path, model_platform="tensorflow"
        )
        if model.versions:
            entry.model_version_policy.specific.versions.extend(model.versions)
        for label, version in model.labels.items():
            entry.version_labels[label] = version
    return config


def encode_reload(models: Sequence[ServedModel]) -> ReloadConfigRequest:
    """Ask a server to serve exactly ``models`` from now on."""
    return ReloadConfigRequest(config=model_server_config(models))


def decode_reload(response: ReloadConfigResponse | bytes) -> None:
    """Return if the server took the configuration.

    Raises:
        WireError: if it refused, with its own words, or the bytes are no such message.
    """
    status = parse(ReloadConfigResponse, response).status
    if status.error_code != 0:
        raise WireError(f"reload refused with code {status.error_code}: {status.error_message}")


def model_config_text(models: Sequence[ServedModel]) -> str:
    """Write the text that TF Serving's ``--model_config_file`` reads."""
    return str(text_format.MessageToString(model_server_config(models)))
