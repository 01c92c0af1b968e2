"""Three ways to make a level of a number, by name.

Each takes a finite float and returns its token:

- ``0`` for zero (also -0.0): zero is a level of its own;
- ``b3`` for bucket 3 of the positive numbers, ``-b3`` for bucket 3 of the negative ones (a
  bucket's number may be negative itself: ``b-2``);
- in ``squared_log``, a small value as it is: ``1``, ``-2``, ``0.5``.

The ``b`` keeps a bucket from sharing a token with a small value. An integer and the float equal to
it have the same token.
"""

from collections.abc import Callable, Mapping
from math import floor, log, log1p
from types import MappingProxyType

ZERO = "0"

_EXACT_BELOW = 2.0**31
"""Above it, ``log(V^2 + 1)`` and ``log(V^2)`` are the same float64."""


def _bucket(value: float, level: float) -> str:
    return f"b{floor(level)}" if value > 0 else f"-b{floor(level)}"


def log_square(value: float) -> str:
    """Discretise as the paper prints it.

        floor(log(V^2)) = floor(2 log|V|)          DynInt (DLP-KDD 2022), experiment setup

    The right-hand side does not overflow.

    >>> [log_square(v) for v in (0, 1, 2, -2, 0.5, 1e200)]
    ['0', 'b0', 'b1', '-b1', 'b-2', 'b921']
    """
    return _bucket(value, 2.0 * log(abs(value))) if value else ZERO


def log_square_plus_one(value: float) -> str:
    """Discretise as the authors' published xDeepInt code does.

        floor(log(V^2 + 1))

    >>> [log_square_plus_one(v) for v in (0, 1, 2, -2, 0.5, 1e200)]
    ['0', 'b0', 'b1', '-b1', 'b0', 'b921']
    """
    if not value:
        return ZERO
    size = abs(value)
    if size < _EXACT_BELOW:
        return _bucket(value, log1p(size * size))
    return _bucket(value, 2.0 * log(size))


def squared_log(value: float) -> str:
    """Discretise as the winners of Criteo's challenge did, whom the paper cites.

        floor(log(|V|)^2)    if |V| > 2
        V itself             otherwise

    They had no value below -3 to think of: here a negative value's bucket is that of its size,
    sign kept.

    >>> [squared_log(v) for v in (0, 1, 2, 3, 4, -3, 0.5, 1e200)]
    ['0', '1', '2', 'b1', 'b1', '-b1', '0.5', 'b212075']
    """
    size = abs(value)
    if size > 2.0:
        logarithm = log(size)
        return _bucket(value, logarithm * logarithm)
    if not value:
        return ZERO
    whole = int(value)
    return str(whole) if whole == value else repr(float(value))


DISCRETISERS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "log_square": log_square,
        "log_square_plus_one": log_square_plus_one,
        "squared_log": squared_log,
    }
)
