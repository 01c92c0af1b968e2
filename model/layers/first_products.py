"""The products that all layers of a network take of the same input, computed at once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from model.layers.instance_gate import InstanceGate
from model.layers.rows import mix_rows, split_columns, stack_columns


class FirstProducts(NamedTuple):
    """What one layer need not compute itself.

    Attributes:
        hidden: its gate's hidden units, ``(batch, H)``.
        projected: ``V^T X_0`` of a layer that has ``V``, ``(batch, width, K)``.
    """

    hidden: Any = None
    projected: Any = None


def first_products(layers: Sequence[Any], x0: Any, embeddings: Any) -> list[FirstProducts]:
    """Take all layers' first products of ``X_0`` in one product, and all gates' in another.

    One wide product is faster than several narrow ones, forward and backward.

    Args:
        layers: built interaction layers, whose maps have their rows last.
        x0: crossed embedding map, ``(batch, width, rows)``.
        embeddings: what the gates look at, ``(batch, fields, D)``.

    Returns:
        One item per layer.
    """
    gates = {i: layer.gate for i, layer in enumerate(layers) if hasattr(layer, "gate")}
    hidden = _stacked_hidden(list(gates.values()), embeddings)
    kernels = {
        i: layer.in_order(layer.V, 0) for i, layer in enumerate(layers) if hasattr(layer, "V")
    }
    projected = _stacked_mix(list(kernels.values()), x0)
    of_gate = dict(zip(gates, hidden, strict=True))
    of_kernel = dict(zip(kernels, projected, strict=True))
    return [FirstProducts(of_gate.get(i), of_kernel.get(i)) for i in range(len(layers))]


def _stacked_hidden(gates: list[InstanceGate], embeddings: Any) -> list[Any]:
    if not gates:
        return []
    kernels = [gate.hidden_kernel for gate in gates]
    biases = [gate.hidden_bias for gate in gates]
    hidden = InstanceGate.hidden_units(embeddings, stack_columns(kernels), stack_columns(biases))
    return split_columns(hidden, biases)


def _stacked_mix(kernels: list[Any], x0: Any) -> list[Any]:
    if not kernels:
        return []
    return split_columns(mix_rows(x0, stack_columns(kernels)), kernels)
