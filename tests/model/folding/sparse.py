"""Networks with weights as training with FTRL leaves them: parts are exactly zero."""

from typing import Any

import numpy as np

from model.zoo import Network, build_network

NETWORKS = ("xdeepint", "dynint_da", "dynint_dgp", "dynint_dwp")
FIELDS = 5


def network_of(
    name: str, subspaces: int, dtype: str = "float64", seed: int = 0, **config: Any
) -> Network:
    """Build a tiny network with random weights."""
    if name == "dynint_dgp":
        config = {"kernel_size": 6, **config}
    network = build_network(
        name, FIELDS, {"dim": 4, "subspaces": subspaces, "layers": 3, **config}, dtype
    )
    generator = np.random.default_rng(seed)
    for variable in network.variables:
        variable.assign(generator.normal(size=variable.shape, scale=0.3))
    return network


def zero(variable: Any, where: Any) -> None:
    """Set part of a variable to zero."""
    array = variable.numpy().copy()
    array[where] = 0
    variable.assign(array)


def kernels(layer: Any) -> list[Any]:
    """List the static matrices of an interaction layer."""
    return [layer.U, layer.V] if hasattr(layer, "U") else [layer.kernel]


def sparsify(network: Network) -> None:
    """Zero columns and rows, some hidden units each way, and the whole second layer."""
    columns = np.s_[:, 1:3]
    for layer in network.interactions:
        for kernel in kernels(layer):
            zero(kernel, columns)
        if hasattr(layer, "gate"):
            zero(layer.gate.hidden_kernel, np.s_[:, 0])
            zero(layer.gate.output_kernel, 1)
    zero(kernels(network.interactions[1])[0], np.s_[:])


def embeddings_of(network: Network, rows: int = 16, seed: int = 1) -> Any:
    """Draw embeddings in the network's dtype."""
    shape = (rows, network.fields, network.row_width)
    return np.random.default_rng(seed).normal(size=shape).astype(network.compute_dtype)
