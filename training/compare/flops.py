"""How much arithmetic one example costs."""

from collections.abc import Callable
from math import prod
from typing import Any

import tensorflow as tf

_PER_ELEMENT = frozenset(
    {
        *("Add", "AddV2", "AddN", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "Square", "Neg"),
        *("SquaredDifference", "Rsqrt", "Sqrt", "Relu", "Sigmoid", "Tanh", "Exp", "BiasAdd"),
        *("SelectV2", "Pow", "Log", "Abs"),
    }
)
_REDUCTIONS = frozenset({"Sum", "Mean", "Max", "Min", "Prod"})


def flops_per_example(network: Any, fields: int, row_width: int) -> int:
    """Count the floating-point operations of one example, forward.

    A multiplication and an addition count each; so a product of ``(m, k)`` and ``(k, n)`` counts
    ``2 m k n``, an operation by elements one per element, a reduction one per element of its input.
    What only moves numbers counts nothing. Counted in the graph of a batch of one.

    Args:
        network: from ``(batch, fields, row_width)`` to logits.
        fields: number of fields.
        row_width: of an embedding row.

    Raises:
        ValueError: for an operation of unknown shape.
    """
    spec = tf.TensorSpec((1, fields, row_width), tf.float32)
    graph = tf.function(network, autograph=False).get_concrete_function(spec).graph
    return sum(map(_flops, _operations(graph)))


def _operations(graph: Any) -> list[Any]:
    """List a graph's operations and those of the functions that it calls."""
    found = []
    for operation in graph.get_operations():
        if operation.type in {"PartitionedCall", "StatefulPartitionedCall"}:
            name = operation.get_attr("f").name
            found += _operations(graph._get_function(name).graph)
        else:
            found.append(operation)
    return found


def _flops(operation: Any) -> int:
    count: Callable[[Any], int] | None = _COUNTS.get(operation.type)
    if count is not None:
        return count(operation)
    if operation.type in _PER_ELEMENT:
        return _size(operation.outputs[0])
    if operation.type in _REDUCTIONS:
        return _size(operation.inputs[0])
    return 0


def _size(tensor: Any) -> int:
    if not tensor.shape.is_fully_defined():
        raise ValueError(f"{tensor.name}: must be of a known shape; it is {tensor.shape}")
    return prod(tensor.shape.as_list())


def _product(operation: Any) -> int:
    """``2 k`` per element of the result, ``k`` the axis that is summed."""
    left = operation.inputs[0].shape.as_list()
    transposed = operation.type == "MatMul" and operation.get_attr("transpose_a")
    adjoint = operation.type != "MatMul" and operation.get_attr("adj_x")
    summed = left[-2] if transposed or adjoint else left[-1]
    return 2 * summed * _size(operation.outputs[0])


def _einsum(operation: Any) -> int:
    """``2 k`` per element of the result, ``k`` the product of all axes that are summed."""
    terms, result = operation.get_attr("equation").decode().split("->")
    sizes: dict[str, int] = {}
    for letters, tensor in zip(terms.split(","), operation.inputs, strict=True):
        shape = tensor.shape.as_list()
        if "..." in letters:
            before, after = letters.split("...")
            kept = [*range(len(before)), *range(len(shape) - len(after), len(shape))]
            letters, shape = before + after, [shape[place] for place in kept]
        sizes |= dict(zip(letters, shape, strict=True))
    summed = prod(size for letter, size in sizes.items() if letter not in result)
    return 2 * summed * _size(operation.outputs[0])


def _softmax(operation: Any) -> int:
    """Largest, difference, exponential, sum, quotient."""
    return 5 * _size(operation.outputs[0])


_COUNTS: dict[str, Callable[[Any], int]] = {
    "MatMul": _product,
    "BatchMatMul": _product,
    "BatchMatMulV2": _product,
    "Einsum": _einsum,
    "Softmax": _softmax,
}
