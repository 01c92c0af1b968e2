"""One signature of a loaded SavedModel."""

from collections.abc import Iterable, Mapping
from typing import Any

import grpc
import tensorflow as tf

from service.model_server.serving_error import ServingError, status_code
from service.model_server.tensors import read_tensor, write_tensor

_INVALID = grpc.StatusCode.INVALID_ARGUMENT
_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


class Signature:
    """Check a request against a SignatureDef and run its function.

    The checks, their order and their texts are TF Serving's, except that a shape is checked against
    the signature's before anything runs: TF Serving leaves that to the graph.

    Args:
        definition: the SignatureDef.
        function: the SavedModel's function of that name.
    """

    def __init__(self, definition: Any, function: Any) -> None:
        self._function = function
        self._inputs = {
            alias: (info.name, tf.as_dtype(info.dtype), tf.TensorShape(info.tensor_shape))
            for alias, info in sorted(definition.inputs.items())
        }
        self._outputs = {
            alias: tf.as_dtype(info.dtype) for alias, info in sorted(definition.outputs.items())
        }

    def run(self, inputs: Mapping[str, Any], outputs: Iterable[str], answer: Any) -> None:
        """Run on TensorProtos and write the named ``outputs`` (all if none) into ``answer``.

        Raises:
            ServingError: INVALID_ARGUMENT for inputs or outputs that are not the signature's, or
                whatever the graph fails with; RESOURCE_EXHAUSTED if memory ran out.
        """
        self._check_count(inputs)
        try:
            arguments = {alias: self._argument(alias, inputs) for alias in self._inputs}
            wanted = self._wanted(outputs)
            results = self._function(**arguments)
        except tf.errors.OpError as error:
            raise ServingError(status_code(error.error_code), error.message) from error
        except MemoryError as error:
            raise ServingError(
                grpc.StatusCode.RESOURCE_EXHAUSTED, "there is no memory left for the request"
            ) from error
        for alias in wanted:
            try:
                write_tensor(results[alias].numpy(), self._outputs[alias], answer[alias])
            except ValueError as error:
                raise ServingError(grpc.StatusCode.UNIMPLEMENTED, f"{alias}: {error}") from error

    def _check_count(self, inputs: Mapping[str, Any]) -> None:
        if len(inputs) == len(self._inputs):
            return
        raise ServingError(
            _INVALID,
            f"input size does not match signature: {len(inputs)}!={len(self._inputs)} "
            f"len({_braces(inputs)}) != len({_braces(self._inputs)}). "
            f"Sent extra: {_braces(inputs.keys() - self._inputs)}. "
            f"Missing but required: {_braces(self._inputs.keys() - inputs.keys())}.",
        )

    def _argument(self, alias: str, inputs: Mapping[str, Any]) -> tf.Tensor:
        feed, dtype, shape = self._inputs[alias]
        if alias not in inputs:
            raise ServingError(
                _INVALID,
                f"Signature input alias: {alias}(feed name: {feed}) not found in request and no "
                f"default value provided. Inputs expected to be in the request {_braces(inputs)}, "
                "or default input alias set: {}",
            )
        try:
            array = read_tensor(inputs[alias])
        except (TypeError, ValueError) as error:
            raise ServingError(_INVALID, f"tensor parsing error: {alias}") from error
        received = tf.as_dtype(inputs[alias].dtype)
        if received != dtype:
            place = list(self._inputs).index(alias)
            raise ServingError(
                _INVALID,
                f"Expects arg[{place}] to be {_name(dtype)} but {_name(received)} is provided",
            )
        if not shape.is_compatible_with(array.shape):
            raise ServingError(
                _INVALID,
                f"input {alias}: the signature's shape is {shape}; received {list(array.shape)}",
            )
        return tf.constant(array, dtype)

    def _wanted(self, outputs: Iterable[str]) -> list[str]:
        wanted: list[str] = []
        for alias in outputs:
            if alias not in self._outputs:
                raise ServingError(
                    _INVALID,
                    f"output tensor alias not found in signature: {alias} Outputs expected to be "
                    f"in the set {_braces(self._outputs)}.",
                )
            if alias in wanted:
                raise ServingError(_INVALID, f"duplicate output tensor alias: {alias}")
            wanted.append(alias)
        return wanted or list(self._outputs)


def _braces(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"


def _name(dtype: tf.DType) -> str:
    return _NAMES.get(dtype.name, dtype.name)
