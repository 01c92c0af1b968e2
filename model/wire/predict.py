"""Predict: arrays in, arrays out."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message
from numpy.typing import NDArray

from model.wire.predict_pb2 import ModelSpec, PredictRequest, PredictResponse
from model.wire.tensor_pb2 import DT_STRING
from model.wire.tensors import decode_tensor, encode_tensor, raw_view, tensor_header
from model.wire.wire_error import WireError

AnyMessage = TypeVar("AnyMessage", bound=Message)

# Wire tags: field number << 3 | 2 (length-delimited).
_INPUTS, _KEY, _VALUE, _CONTENT = b"\x12", b"\x0a", b"\x12", b"\x22"


def model_spec(
    model: str, version: int | None = None, label: str | None = None, signature: str = ""
) -> ModelSpec:
    """Name a model, one of its versions (by number, by label, or the latest) and a signature.

    Raises:
        WireError: if both ``version`` and ``label`` are given.
    """
    if version is not None and label is not None:
        raise WireError(f"version: give a version or a label; received {version} and {label!r}")
    spec = ModelSpec(name=model, signature_name=signature)
    if version is not None:
        spec.version.value = version
    elif label is not None:
        spec.version_label = label
    return spec


def encode_predict(
    model: str,
    inputs: Mapping[str, NDArray[Any]],
    *,
    version: int | None = None,
    label: str | None = None,
    signature: str = "serving_default",
    outputs: Sequence[str] = (),
) -> PredictRequest:
    """Build a Predict request.

    Args:
        model: the model's name.
        inputs: one array per input of the signature.
        version: version that must answer.
        label: or the label of that version.
        signature: the signature's name.
        outputs: outputs to return; empty means all.

    Raises:
        WireError: if both ``version`` and ``label`` are given, or the wire has no such dtype.
    """
    request = PredictRequest(
        model_spec=model_spec(model, version, label, signature), output_filter=outputs
    )
    for name, array in inputs.items():
        request.inputs[name].CopyFrom(encode_tensor(array))
    return request


def predict_bytes(
    model: str,
    inputs: Mapping[str, NDArray[Any]],
    *,
    version: int | None = None,
    label: str | None = None,
    signature: str = "serving_default",
    outputs: Sequence[str] = (),
) -> bytes:
    """Serialise the request of ``encode_predict``, copying each array only once.

    Both parse to equal messages: a serialised message may hold its fields in any order. Arguments
    and errors are those of ``encode_predict``.
    """
    spec = model_spec(model, version, label, signature)
    parts: list[bytes | memoryview] = [
        PredictRequest(model_spec=spec, output_filter=outputs).SerializeToString()
    ]
    for name, array in inputs.items():
        header = tensor_header(array)
        tensor: list[bytes | memoryview]
        if header.dtype == DT_STRING:
            tensor = [encode_tensor(array).SerializeToString()]
        elif array.nbytes == 0:
            tensor = [header.SerializeToString()]
        else:
            tensor = [header.SerializeToString(), _CONTENT, _varint(array.nbytes), raw_view(array)]
        key = name.encode()
        entry = [_KEY, _varint(len(key)), key, _VALUE, _varint(sum(map(len, tensor))), *tensor]
        parts += [_INPUTS, _varint(sum(map(len, entry))), *entry]
    return b"".join(parts)


def encode_predict_response(
    outputs: Mapping[str, NDArray[Any]],
    model: str,
    version: int,
    signature: str = "serving_default",
) -> PredictResponse:
    """Build the answer of a server, for those that stand in for one."""
    response = PredictResponse(model_spec=model_spec(model, version, signature=signature))
    for name, array in outputs.items():
        response.outputs[name].CopyFrom(encode_tensor(array))
    return response


def decode_predict(
    response: PredictResponse | bytes | None, shapes: Mapping[str, tuple[int, ...]] | None = None
) -> dict[str, NDArray[Any]]:
    """Read the outputs of a Predict response.

    Args:
        response: the message or its bytes.
        shapes: outputs that must be there, with their exact shapes.

    Raises:
        WireError: if the bytes are no such message, a tensor is not what its header says, or an
            output of ``shapes`` is absent or has another shape.
    """
    message = parse(PredictResponse, response)
    outputs = {
        name: decode_tensor(tensor, f"output {name!r}") for name, tensor in message.outputs.items()
    }
    for name, shape in (shapes or {}).items():
        if name not in outputs:
            raise WireError(f"output {name!r}: expected; received {sorted(outputs)}")
        got = outputs[name].shape
        if got != shape:
            raise WireError(f"output {name!r}: shape {list(shape)} expected; received {list(got)}")
    return outputs


def predict_answer(
    response: bytes | None, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[int, dict[str, NDArray[Any]]]:
    """Read a Predict response once: the version that answered (0 if it names none) and its outputs.

    Arguments and errors are those of ``decode_predict``.
    """
    message = parse(PredictResponse, response)
    return message.model_spec.version.value, decode_predict(message, shapes)


def response_version(response: PredictResponse | bytes) -> int:
    """Return the version that answered; 0 if the response names none."""
    return parse(PredictResponse, response).model_spec.version.value


def parse(kind: type[AnyMessage], received: AnyMessage | bytes | None) -> AnyMessage:
    """Parse bytes as a message of ``kind``; a message is returned as it is.

    Raises:
        WireError: if the bytes are no such message.
    """
    if received is None:  # gRPC's answer of a call that ended well without a message
        raise WireError(f"{kind.__name__}: expected; received no message")
    if not isinstance(received, bytes):
        return received
    try:
        return kind.FromString(received)
    except DecodeError as error:
        raise WireError(f"{kind.__name__}: {len(received)} bytes that do not parse") from error


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
