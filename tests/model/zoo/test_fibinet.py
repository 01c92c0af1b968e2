"""FiBiNET as a whole."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import build_network
from tests.model.layers import rivals

F, D = 5, 3
ROWS = np.random.default_rng(0).normal(size=(6, F, 1 + D))


@pytest.mark.parametrize("bilinear", ["all", "each", "interaction"])
@pytest.mark.parametrize("hidden_units", [[], [6, 4]])
def test_matches_the_paper_s_equations(bilinear, hidden_units):
    config = {"dim": D, "bilinear": bilinear, "hidden_units": hidden_units}
    net = build_network("fibinet", F, config, dtype="float64", seed=5)
    for variable in net.variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(scale=0.5, size=variable.shape))
    kernel, bias = np.asarray(net.head.kernel)[:, 0], float(net.head.bias[0])
    logits, weighed = [], 0
    for row in ROWS:
        w, v = row[:, 0], row[:, 1:]
        a = rivals.squeeze_excitation(net.senet, v)
        p = rivals.bilinear_interaction(net.bilinear, v)
        q = rivals.bilinear_interaction(net.bilinear, np.array([a[i] * v[i] for i in range(F)]))
        weighed += np.count_nonzero(q)
        interactions = np.concatenate([*p, *q])
        logits.append(w.sum() + kernel @ rivals.tower(net.tower, interactions) + bias)
    assert weighed
    np.testing.assert_allclose(net(ROWS), logits, rtol=1e-10)


@pytest.mark.parametrize(
    ("fields", "config", "text"),
    [
        (1, {}, "fields: must be at least 2; received 1"),
        (F, {"bilinear": "field"}, "bilinear: must be one of .*; received 'field'"),
        (F, {"bilinear": 3}, "bilinear: must be of type str; received 3"),
        (F, {"reduction_ratio": 0.0}, r"reduction_ratio: must be positive; received 0\.0"),
        (F, {"hidden_units": [0]}, r"hidden_units\[0\]: must be at least 1; received 0"),
    ],
)
def test_a_config_outside_the_rules_is_refused(fields, config, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        build_network("fibinet", fields, config)
