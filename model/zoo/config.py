"""Configurations of networks: checked when they are made, JSON objects outside."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from model.errors import InvalidInputError

MOST = 65_536
"""The largest size of anything that a configuration sizes; far above what fits into memory."""

MOST_LAYERS = 1_000

LEAST_RATIO = 0.001


@dataclass(frozen=True)
class NetworkConfig:
    """What a network of the zoo is built from.

    A subclass is a frozen dataclass whose fields have defaults; ``__post_init__`` checks its rules.
    """

    @property
    def row_width(self) -> int:
        """Width of the embedding rows that the network takes."""
        raise NotImplementedError

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> Self:
        """Make a configuration from a JSON object or a TOML table.

        Raises:
            InvalidInputError: for a key it does not know, or a value of the wrong type or outside
                its rule.
        """
        known = {field.name: field for field in fields(cls)}
        values = {}
        for key, value in config.items():
            if key not in known:
                rule = f"must be one of {sorted(known) or '[none: it has no settings]'}"
                raise InvalidInputError(f"{key}: {rule}; received {key!r}")
            values[key] = _typed(key, value, type(known[key].default))
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return every value, defaults included, as a JSON object."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }


def _typed(key: str, value: Any, kind: type) -> Any:
    if kind is tuple:
        if not isinstance(value, list | tuple):
            raise InvalidInputError(f"{key}: must be a list of integers; received {value!r}")
        return tuple(_typed(f"{key}[{place}]", each, int) for place, each in enumerate(value))
    if kind is float and type(value) is int:
        value = as_float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise InvalidInputError(f"{key}: must be of type {kind.__name__}; received {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError(f"{key}: must be finite; received {value}")
    return value


def as_float(value: int) -> float:
    """Convert an integer of any size; one beyond the floats is an infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def require(fulfilled: bool, key: str, rule: str, received: Any) -> None:
    """Check one rule of one value.

    Raises:
        InvalidInputError: naming the key, the rule and what was received.
    """
    if not fulfilled:
        raise InvalidInputError(f"{key}: {rule}; received {received!r}")


def require_size(key: str, received: int, least: int = 1, most: int = MOST) -> None:
    """Check a size.

    Raises:
        InvalidInputError: if it is not from ``least`` to ``most``.
    """
    require(
        received >= least,
        key,
        f"must be at least {least}" if least else "must not be negative",
        received,
    )
    require(received <= most, key, f"must be at most {most}", received)


def require_sizes(key: str, received: tuple[int, ...], most: int = MOST_LAYERS) -> None:
    """Check the sizes of several layers.

    Raises:
        InvalidInputError: if there are more than ``most``, or one is no size.
    """
    require(len(received) <= most, key, f"must be at most {most} layers", len(received))
    for place, size in enumerate(received):
        require_size(f"{key}[{place}]", size)


def require_ratio(key: str, received: float) -> None:
    """Check a ratio by which a size is reduced.

    Raises:
        InvalidInputError: if it is not from ``LEAST_RATIO``.
    """
    require(received > 0, key, "must be positive", received)
    require(received >= LEAST_RATIO, key, f"must be at least {LEAST_RATIO}", received)
