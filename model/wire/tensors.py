"""NumPy arrays to and from tensor messages."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.wire import tensor_pb2
from model.wire.wire_error import WireError

Array = NDArray[Any]

LONGEST_FILL = 1 << 24
"""Most elements that a repeated field shorter than its shape is filled up to."""

_MOST_DIMENSIONS = 32
_MOST_ELEMENTS = 1 << 56
"""What any array of NumPy's can have, empty or not."""

# dtype on the wire -> (NumPy dtype, field that holds single elements).
_TYPES: dict[int, tuple[np.dtype[Any], str]] = {
    tensor_pb2.DT_FLOAT: (np.dtype("<f4"), "float_val"),
    tensor_pb2.DT_DOUBLE: (np.dtype("<f8"), "double_val"),
    tensor_pb2.DT_HALF: (np.dtype("<f2"), "half_val"),
    tensor_pb2.DT_INT8: (np.dtype("i1"), "int_val"),
    tensor_pb2.DT_INT16: (np.dtype("<i2"), "int_val"),
    tensor_pb2.DT_INT32: (np.dtype("<i4"), "int_val"),
    tensor_pb2.DT_INT64: (np.dtype("<i8"), "int64_val"),
    tensor_pb2.DT_UINT8: (np.dtype("u1"), "int_val"),
    tensor_pb2.DT_UINT16: (np.dtype("<u2"), "int_val"),
    tensor_pb2.DT_UINT32: (np.dtype("<u4"), "uint32_val"),
    tensor_pb2.DT_UINT64: (np.dtype("<u8"), "uint64_val"),
    tensor_pb2.DT_BOOL: (np.dtype("?"), "bool_val"),
}
_NUMBERS = {numpy: wire for wire, (numpy, _) in _TYPES.items()}


def tensor_header(array: Array) -> tensor_pb2.Tensor:
    """Build the message of ``array`` without its elements: dtype and shape.

    Raises:
        WireError: if the wire has no such dtype.
    """
    if array.dtype.kind in "OSU":
        number = int(tensor_pb2.DT_STRING)
    else:
        found = _NUMBERS.get(array.dtype.newbyteorder("<"))
        if found is None:
            raise WireError(f"array: the wire has no dtype {array.dtype}")
        number = found
    tensor = tensor_pb2.Tensor(dtype=number)  # type: ignore[arg-type]  # stubs want the enum's class
    dims = tensor.tensor_shape.dim
    for size in array.shape:
        dims.add().size = size
    return tensor


def raw_view(array: Array) -> memoryview:
    """View a numeric array's elements as little-endian bytes in row-major order.

    Nothing is copied unless the array is not laid out so.
    """
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.reshape(-1).view(np.uint8).data


def encode_tensor(array: Array) -> tensor_pb2.Tensor:
    """Write an array as a message: numbers as ``tensor_content``, text and bytes as ``string_val``.

    Args:
        array: any shape; bool, integers, float16/32/64, or bytes and ``str`` (object, S or U).

    Raises:
        WireError: if the wire has no such dtype, or an object array holds something else than text.
    """
    tensor = tensor_header(array)
    if tensor.dtype != tensor_pb2.DT_STRING:
        tensor.tensor_content = raw_view(array).tobytes()
        return tensor
    for item in array.ravel().tolist():
        if isinstance(item, str):
            tensor.string_val.append(item.encode())
        elif isinstance(item, bytes):
            tensor.string_val.append(item)
        else:
            raise WireError(
                f"array: object arrays hold str or bytes; received {type(item).__name__}"
            )
    return tensor


def decode_tensor(tensor: tensor_pb2.Tensor, name: str = "tensor") -> Array:
    """Read a message as an array, from ``tensor_content`` or from its repeated field.

    Numbers in ``tensor_content`` are not copied again: the array is a read-only view. A repeated
    field shorter than the shape repeats its last element, as TensorFlow's reader does. Strings
    become an object array of bytes.

    Args:
        tensor: the message.
        name: what the error calls it.

    Raises:
        WireError: if the dtype is not one of ours, the shape is unknown, or the elements do not
            fill it.
    """
    shape = _shape(tensor, name)
    count = math.prod(shape)
    if tensor.dtype == tensor_pb2.DT_STRING:
        return _strings(tensor, shape, count, name)
    found = _TYPES.get(tensor.dtype)
    if found is None:
        raise WireError(f"{name}: the wire's dtype {tensor.dtype} is not one that is read here")
    dtype, field = found
    content = tensor.tensor_content
    if content:
        size = count * dtype.itemsize
        if len(content) != size:
            raise WireError(
                f"{name}: shape {list(shape)} of {dtype.name} takes {size} bytes; "
                f"received {len(content)}"
            )
        if dtype.kind == "b":
            return (np.frombuffer(content, np.uint8) != 0).reshape(shape)
        return np.frombuffer(content, dtype).reshape(shape)
    values = getattr(tensor, field)
    _check_count(len(values), count, shape, dtype.name, name)
    if field in {"int_val", "half_val"}:
        elements = _narrow(np.array(values, np.int32), dtype, field, name)
    else:
        elements = np.array(values, dtype)
    return _fill(elements, count).reshape(shape)


def _shape(tensor: tensor_pb2.Tensor, name: str) -> tuple[int, ...]:
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise WireError(f"{name}: a tensor's shape must be known; received {list(shape)}")
    if len(shape) > _MOST_DIMENSIONS or math.prod(max(size, 1) for size in shape) > _MOST_ELEMENTS:
        raise WireError(
            f"{name}: a shape may have {_MOST_DIMENSIONS} dimensions and 2^56 elements; received "
            f"{len(shape)} dimensions, {list(shape[:8])}"
        )
    return shape


def _check_count(got: int, count: int, shape: tuple[int, ...], dtype: str, name: str) -> None:
    if got > count or (got == 0 and count > 0) or (got < count and count > LONGEST_FILL):
        raise WireError(
            f"{name}: shape {list(shape)} of {dtype} takes {count} elements; received {got}"
        )


def _narrow(values: Array, dtype: np.dtype[Any], field: str, name: str) -> Array:
    stored = np.dtype("<u2") if dtype.kind == "f" else dtype
    narrow = values.astype(stored)
    if not np.array_equal(narrow, values):
        raise WireError(f"{name}: an element of {field} does not fit {dtype.name}")
    return narrow.view(dtype)


def _fill(elements: Array, count: int) -> Array:
    if len(elements) == count:
        return elements
    return np.concatenate([elements, np.repeat(elements[-1:], count - len(elements))])


def _strings(tensor: tensor_pb2.Tensor, shape: tuple[int, ...], count: int, name: str) -> Array:
    _check_count(len(tensor.string_val), count, shape, "string", name)
    elements: Array = np.empty(len(tensor.string_val), object)
    elements[:] = list(tensor.string_val)
    return _fill(elements, count).reshape(shape)
