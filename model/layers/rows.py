"""Products over the rows of a feature map that is stored with its rows last."""

from typing import Any

from keras import ops


def swap_rows(x: Any) -> Any:
    """Exchange the last two axes: ``(batch, rows, width)`` <-> ``(batch, width, rows)``.

    With one column (or one row) the two layouts are the same memory, so this is a reshape then.
    """
    rows, width = x.shape[-2], x.shape[-1]
    if 1 in {rows, width}:
        return ops.reshape(x, (-1, width, rows))
    return ops.transpose(x, (0, 2, 1))


def mix_rows(x: Any, kernel: Any) -> Any:
    """Multiply the last axis by a matrix in one plain matrix product.

        y[..., m] = sum_n x[..., n] kernel[n, m]

    Args:
        x: rows last, ``(..., rows)``; only the first axis may be unknown.
        kernel: ``(rows, mixed rows)``.

    Returns:
        ``(..., mixed rows)``.
    """
    flat = ops.reshape(x, (-1, x.shape[-1]))
    return ops.reshape(ops.matmul(flat, kernel), (-1, *x.shape[1:-1], kernel.shape[-1]))
