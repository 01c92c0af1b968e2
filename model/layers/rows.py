"""Products over the rows of a feature map that is stored with its rows last."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from keras import ops

ALIGNMENT = 16
"""Columns of a stacked kernel are filled up to a multiple of this: unaligned products are
slower."""


def swap_rows(x: Any) -> Any:
    """Exchange the last two axes: ``(batch, rows, width)`` <-> ``(batch, width, rows)``.

    With one column (or one row) the two layouts are the same memory, so this is a reshape then.
    """
    rows, width = x.shape[-2], x.shape[-1]
    if 1 in {rows, width}:
        return ops.reshape(x, (-1, width, rows))
    return ops.transpose(x, (0, 2, 1))


_known: ContextVar[dict[tuple[Any, ...], tuple[Any, Any]] | None] = ContextVar(
    "_known", default=None
)


@contextmanager
def reordered_once() -> Iterator[None]:
    """Within this context weights are reordered once, however often they are used.

    For a graph that calls a network several times: forward one transposition serves all calls, and
    backward their gradients are added up before they are put back in order.
    """
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def _once(array: Any, how: tuple[int, ...], reorder: Callable[[Any], Any]) -> Any:
    known = _known.get()
    if known is None:
        return reorder(array)
    key = id(array), how
    if key not in known:
        known[key] = array, reorder(array)  # with the array, whose id is then no other's
    return known[key][1]


def transposed(matrix: Any) -> Any:
    """Transpose weights ``(m, n)``."""
    return _once(matrix, (), ops.transpose)


def field_by_field(array: Any, fields: int, axis: int) -> Any:
    """Reorder the rows of a crossed map, ``s F + f`` along ``axis``, to ``f h + s``.

    With one column in each sub-space that is the order in which embeddings lie in memory. A few
    weights in this order spare a transposition of every instance.

    Args:
        array: weights with the rows of a crossed map along ``axis``.
        fields: ``F``.
        axis: not negative.
    """

    def reorder(rows: Any) -> Any:
        shape = tuple(rows.shape)
        cut = ops.reshape(rows, (*shape[:axis], -1, fields, *shape[axis + 1 :]))
        return ops.reshape(ops.swapaxes(cut, axis, axis + 1), shape)

    return _once(array, (fields, axis), reorder)


def mix_rows(x: Any, kernel: Any, constant: float = 0.0) -> Any:
    """Multiply the last axis by a matrix in one plain matrix product.

        y[..., m] = sum_n x[..., n] kernel[n, m] + constant

    Args:
        x: rows last, ``(..., rows)``; only the first axis may be unknown.
        kernel: ``(rows, mixed rows)``.
        constant: added to every element; as a vector, so that TensorFlow adds it inside the
            product.

    Returns:
        ``(..., mixed rows)``.
    """
    mixed = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), kernel)
    if constant:
        mixed = mixed + ops.full((kernel.shape[-1],), constant, kernel.dtype)
    return ops.reshape(mixed, (-1, *x.shape[1:-1], kernel.shape[-1]))


def stack_columns(arrays: Sequence[Any]) -> Any:
    """Lay arrays side by side along their last axis and fill up with zeros to an aligned size."""
    columns = sum(array.shape[-1] for array in arrays)
    filling = ops.zeros((*arrays[0].shape[:-1], -columns % ALIGNMENT), arrays[0].dtype)
    return ops.concatenate([*arrays, filling], axis=-1)


def split_columns(stacked: Any, arrays: Sequence[Any]) -> list[Any]:
    """Cut the last axis as ``stack_columns`` put it together."""
    ends, end = [], 0
    for array in arrays:
        end += array.shape[-1]
        ends.append(end)
    return list(ops.split(stacked, ends, axis=-1)[: len(arrays)])
