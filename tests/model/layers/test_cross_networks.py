"""The cross networks of DCN and DCN V2 against the papers' equations, in NumPy."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import CrossNetwork, CrossNetworkMix, CrossNetworkV2

N = 5
X = np.random.default_rng(0).normal(size=(6, N))
ACT = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0), "linear": lambda z: z}

every_kind = pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (CrossNetwork, {}),
        (CrossNetworkV2, {}),
        (CrossNetworkMix, {"rank": 2, "experts": 3}),
    ],
)


def built(kind, layers, **arguments):
    """A network all of whose weights are random: biases too, which start at zero."""
    network = kind(layers, dtype="float64", **arguments)
    network.build(X.shape)
    for place, variable in enumerate(network.variables):
        variable.assign(np.random.default_rng(place).normal(size=variable.shape))
    return network


def weights(network):
    return {variable.name: variable.numpy() for variable in network.variables}


def dcn(w, x_0, layers):
    """Equation 3 of DCN, with the outer product that it has."""
    x = x_0
    for layer in range(layers):
        x = np.outer(x_0, x) @ w[f"kernel_{layer}"][:, 0] + w[f"bias_{layer}"] + x
    return x


def dcn_v2(w, x_0, layers):
    """Equation 1 of DCN V2."""
    x = x_0
    for layer in range(layers):
        x = x_0 * (w[f"kernel_{layer}"].T @ x + w[f"bias_{layer}"]) + x
    return x


def dcn_mix(w, x_0, layers, rank, experts, activation):
    """Equation 3 of DCN V2, with the experts of equation 4; of equation 3 if linear."""
    act, x = ACT[activation], x_0
    for layer in range(layers):
        G = np.ones(1)
        if experts > 1:
            scores = np.exp(w[f"gate_{layer}"].T @ x)
            G = scores / sum(scores)
        total = np.zeros(N)
        for i in range(experts):
            own = slice(i * rank, (i + 1) * rank)
            V = w[f"V_{layer}"][:, own]
            U = w[f"U_{layer}"][own].T
            inside = act(V.T @ x)
            if activation != "linear":
                C = w[f"C_{layer}"][own].T
                inside = act(C @ inside)
            total += G[i] * (x_0 * (U @ inside + w[f"bias_{layer}"]))
        x = total + x
    return x


@pytest.mark.parametrize("layers", [0, 1, 2, 4])
def test_the_vector_form_matches_dcn_s_equation(layers):
    network = built(CrossNetwork, layers)
    expected = [dcn(weights(network), x, layers) for x in X]
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)


@pytest.mark.parametrize("layers", [0, 1, 2, 4])
def test_the_matrix_form_matches_dcn_v2_s_equation(layers):
    network = built(CrossNetworkV2, layers)
    expected = [dcn_v2(weights(network), x, layers) for x in X]
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)


@pytest.mark.parametrize("activation", ACT)
@pytest.mark.parametrize("experts", [1, 3])
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_mixture_matches_dcn_v2_s_equations(layers, experts, activation):
    network = built(CrossNetworkMix, layers, rank=2, experts=experts, activation=activation)
    w = weights(network)
    expected = [dcn_mix(w, x, layers, 2, experts, activation) for x in X]
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)
    # An expert alone has no gate, and a linear one no projection inside its subspace.
    assert ("gate_0" in w) == (experts > 1 and layers > 0)
    assert ("C_0" in w) == (activation != "linear" and layers > 0)


def test_one_linear_expert_is_the_matrix_form_with_a_product_of_thin_matrices():
    thin = built(CrossNetworkMix, 2, rank=2, experts=1, activation="linear")
    full = built(CrossNetworkV2, 2)
    for layer in range(2):
        full.kernels[layer].assign(thin.V[layer].numpy() @ thin.U[layer].numpy())
        full.biases[layer].assign(thin.biases[layer].numpy())
    np.testing.assert_allclose(thin(X), full(X), rtol=1e-10)


@every_kind
def test_every_weight_starts_with_values_of_its_own(kind, arguments):
    network = kind(2, kernel_initializer="glorot_uniform", **arguments)
    network.build(X.shape)
    values = np.concatenate([variable.numpy().ravel() for variable in network.trainable_variables])
    random = values[values != 0]
    assert len(random) > 2 * N - 1
    assert len(np.unique(random)) == len(random)


def test_an_expert_s_matrices_start_like_ones_that_stand_alone():
    network = CrossNetworkMix(1, rank=50, experts=8)
    network.build((None, 400))
    for matrix, limit in (
        (network.V[0], np.sqrt(6 / (400 + 50))),
        (network.C[0], np.sqrt(6 / (50 + 50))),
        (network.U[0], np.sqrt(6 / (400 + 50))),
        (network.gates[0], np.sqrt(6 / (400 + 8))),
    ):
        assert 0.98 * limit < np.abs(matrix.numpy()).max() <= limit


@every_kind
def test_it_is_remade_from_its_config(kind, arguments):
    config = kind(2, **arguments).get_config()
    assert kind.from_config(config).get_config() == config


def test_an_unknown_activation_is_refused():
    with pytest.raises(InvalidInputError, match=r"^activation: must be one of .*; received 'sine'"):
        CrossNetworkMix(2, 2, activation="sine")
