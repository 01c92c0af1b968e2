"""A version served from a SavedModel."""

import os
from pathlib import Path

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tensorflow_serving.apis.get_model_metadata_pb2 import SignatureDefMap
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from model.bundle import Bundle
from model.bundle.manifest import MANIFEST
from model.errors import BundleError
from model.os_errors import in_words
from model.regular_file import read_regular
from service.model_server.serving_error import ServingError, status_code
from service.model_server.signature import Signature
from service.model_server.warmup import replay_warmup

DEFAULT_SIGNATURE = "serving_default"


class SavedModelServable:
    """The functions of one SavedModel, warm.

    Args:
        path: the version's directory; refused if it holds a link, or a manifest that it is not.
        name: the model's name, echoed in the answers.
        version: the version's number, echoed in the answers.

    Raises:
        ServingError: if it cannot be loaded, or a warm-up request fails.
    """

    def __init__(self, path: Path, name: str, version: int) -> None:
        _refuse_links(path)
        _verify(path)
        self._name = name
        self.version = version
        self._definitions = _signature_defs(path)
        try:
            self._model = tf.saved_model.load(str(path))
        except tf.errors.OpError as error:
            raise ServingError(status_code(error.error_code), error.message) from error
        except (OSError, ValueError, KeyError, DecodeError) as error:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT, f"{path}: not a SavedModel that loads: {error}"
            ) from error
        functions = self._model.signatures
        self._signatures = {
            signature: Signature(definition, functions[signature])
            for signature, definition in self._definitions.signature_def.items()
            if signature in functions
        }
        replay_warmup(path, self.predict)

    def predict(self, request: PredictRequest) -> PredictResponse:
        """Answer a request.

        Raises:
            ServingError: FAILED_PRECONDITION for an unknown signature, INVALID_ARGUMENT for inputs
                or outputs that are not the signature's.
        """
        chosen = request.model_spec.signature_name or DEFAULT_SIGNATURE
        signature = self._signatures.get(chosen)
        if signature is None:
            raise ServingError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f'Serving signature key "{chosen}" not found.',
            )
        response = PredictResponse()
        spec = response.model_spec
        spec.name, spec.signature_name, spec.version.value = self._name, chosen, self.version
        signature.run(request.inputs, request.output_filter, response.outputs)
        return response

    def signature_defs(self) -> SignatureDefMap:
        """Return every SignatureDef of the model."""
        return self._definitions


def _refuse_links(path: Path) -> None:
    for folder, folders, files in os.walk(path):
        for entry in (*folders, *files):
            inside = Path(folder) / entry
            if inside.is_symlink():
                raise ServingError(
                    grpc.StatusCode.PERMISSION_DENIED, f"{inside}: links are not followed"
                )


def _verify(path: Path) -> None:
    """Check a bundle's bytes before they run; a SavedModel of somebody else's has no manifest."""
    if not (path / MANIFEST).exists():
        return
    try:
        Bundle.open(path)
    except BundleError as error:
        raise ServingError(grpc.StatusCode.DATA_LOSS, str(error)) from error


def _signature_defs(path: Path) -> SignatureDefMap:
    file = path / "saved_model.pb"
    try:
        saved = SavedModel.FromString(read_regular(file))
    except OSError as error:
        raise ServingError(
            grpc.StatusCode.NOT_FOUND, f"{file}: cannot be read: {in_words(error)}"
        ) from error
    except DecodeError as error:
        raise ServingError(grpc.StatusCode.DATA_LOSS, f"{file}: cannot be parsed") from error
    definitions = SignatureDefMap()
    for graph in saved.meta_graphs:
        if "serve" in graph.meta_info_def.tags:
            for name, definition in graph.signature_def.items():
                definitions.signature_def[name].CopyFrom(definition)
            return definitions
    raise ServingError(
        grpc.StatusCode.NOT_FOUND,
        "Could not find meta graph def matching supplied tags: { serve }.",
    )
