"""The deep part in NumPy, and weights to test it with."""

import numpy as np


def with_random_weights(network):
    """Give every weight a random value: biases too, which start at zero."""
    for place, variable in enumerate(network.variables):
        variable.assign(np.random.default_rng(place).normal(scale=0.5, size=variable.shape))
    return network


def weights(network, path):
    """Kernel and bias of a dense layer."""
    named = network.named_variables
    return named[f"{path}/kernel"].numpy(), named[f"{path}/bias"].numpy()


def tower(network, x, layers):
    """Dense layers with ReLU, for one instance."""
    for place in range(layers):
        kernel, bias = weights(network, f"tower/dense_{place}")
        x = np.maximum(x @ kernel + bias, 0)
    return x


def head(network, x):
    """The last unit, for one instance."""
    kernel, bias = weights(network, "head")
    return (x @ kernel + bias)[0]
