"""Tensor messages as TF Serving reads and writes them, on TensorFlow's own protos."""

import math
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from model.wire.tensors import LONGEST_FILL

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
_HALVES = {tf.float16, tf.bfloat16}
_MOST_DIMENSIONS = 64
"""NumPy's limit."""

_LONGEST_SIDE = 2**40
_ELEMENTS = {*_FIELDS.values(), "string_val", "half_val"}


def read_tensor(proto: Any) -> NDArray[Any]:
    """Read a TensorProto; memory is taken only for what was sent, or for a bounded fill.

    Elements fewer than the shape's repeat the last one, as in TF Serving, up to ``LONGEST_FILL`` of
    them: a request of a few bytes must not claim gigabytes.

    Raises:
        TypeError: for a dtype that is none.
        ValueError: if its elements do not fill its shape.
    """
    shape = [dim.size for dim in proto.tensor_shape.dim]
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise ValueError("unknown shape")
    if len(shape) > _MOST_DIMENSIONS or any(size > _LONGEST_SIDE for size in shape):
        raise ValueError("too many dimensions, or one that is too long")
    count = math.prod(shape)
    dtype = tf.as_dtype(proto.dtype)
    if proto.tensor_content:
        if dtype in _FIELDS or dtype in _HALVES:
            if len(proto.tensor_content) != count * dtype.size:
                raise ValueError("tensor_content is not as long as the shape")
        elif count > LONGEST_FILL:
            raise ValueError("more elements than can be sent")
    else:
        given = max(len(getattr(proto, field)) for field in _ELEMENTS)
        if given > count or (given == 0 < count) or (given < count > LONGEST_FILL):
            raise ValueError("the elements do not fill the shape")
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
    elif dtype in _HALVES:
        proto.half_val.extend(flat.view(np.uint16).tolist())
    elif dtype in _FIELDS:
        getattr(proto, _FIELDS[dtype]).extend(flat.tolist())
    else:
        raise ValueError(f"output dtype {dtype.name} is not written here")
