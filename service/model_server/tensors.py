"""Tensor messages as TF Serving reads and writes them, on TensorFlow's own protos."""

import math
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_FIELDS = {
    tf.float32: "float_val",
    tf.float64: "double_val",
    tf.int8: "int_val",
    tf.int16: "int_val",
    tf.int32: "int_val",
    tf.int64: "int64_val",
    tf.uint8: "int_val",
    tf.uint16: "int_val",
    tf.uint32: "uint32_val",
    tf.uint64: "uint64_val",
    tf.bool: "bool_val",
}
_ELEMENTS = {*_FIELDS.values(), "string_val", "half_val"}


def read_tensor(proto: Any) -> NDArray[Any]:
    """Read a TensorProto.

    Raises:
        ValueError: if its elements do not fill its shape.
    """
    shape = [dim.size for dim in proto.tensor_shape.dim]
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise ValueError("unknown shape")
    given = len(proto.tensor_content) or sum(len(getattr(proto, field)) for field in _ELEMENTS)
    if given == 0 and math.prod(shape) > 0:
        raise ValueError("no elements")
    return tf.make_ndarray(proto)


def write_tensor(array: NDArray[Any], dtype: tf.DType, proto: Any) -> None:
    """Write an array into a TensorProto, element by element (``float_val``), as TF Serving answers.

    Raises:
        ValueError: for a dtype that has no such field here.
    """
    proto.dtype = dtype.as_datatype_enum
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    flat = array.ravel()
    if dtype == tf.string:
        proto.string_val.extend(flat.tolist())
    elif dtype in {tf.float16, tf.bfloat16}:
        proto.half_val.extend(flat.view(np.uint16).tolist())
    elif dtype in _FIELDS:
        getattr(proto, _FIELDS[dtype]).extend(flat.tolist())
    else:
        raise ValueError(f"output dtype {dtype.name} is not written here")
