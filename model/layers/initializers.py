"""Initial values of several weights from one initializer."""

from typing import Any


def one_each(initializer: Any, count: int) -> list[Any]:
    """Return an initializer for each of several weights, so that equal shapes do not start equal.

    Keras' random initializers give the same values at every call; the copies get seeds that count
    up. Other initializers, and those that share a ``SeedGenerator``, are returned as they are.
    """
    seed = getattr(initializer, "seed", None)
    if not isinstance(seed, int):
        return [initializer] * count
    kind, config = type(initializer), initializer.get_config()
    return [kind.from_config(config | {"seed": seed + index}) for index in range(count)]
