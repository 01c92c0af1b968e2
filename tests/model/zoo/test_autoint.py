"""AutoInt as a whole."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import build_network
from tests.model.layers import rivals

F, D = 5, 3


def network(**config):
    sizes = {"dim": D, "attention_units": 4, "heads": 2}
    net = build_network("autoint", F, {**sizes, **config}, dtype="float64", seed=5)
    for variable in net.variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(scale=0.5, size=variable.shape))
    return net


@pytest.mark.parametrize("layers", [0, 1, 3])
@pytest.mark.parametrize("hidden_units", [[], [6, 4]])
@pytest.mark.parametrize("linear", [False, True])
def test_matches_the_paper_s_equations(layers, hidden_units, linear):
    net = network(layers=layers, hidden_units=hidden_units, linear=linear)
    kernel, bias = np.asarray(net.head.kernel)[:, 0], float(net.head.bias[0])
    rows = np.random.default_rng(0).normal(size=(6, F, D + linear))
    logits = []
    for row in rows:
        w, v = (row[:, 0], row[:, 1:]) if linear else (np.zeros(F), row)
        e = v
        for layer in net.attention:
            e = rivals.interacting_layer(layer, e)
        deep = rivals.deep_part(net.deep, v) if hidden_units else 0
        logits.append(kernel @ np.concatenate(list(e)) + w.sum() + deep + bias)
    np.testing.assert_allclose(net(rows), logits, rtol=1e-10)


def test_by_default_it_has_neither_a_deep_part_nor_a_first_order():
    net = build_network("autoint", F)
    assert net.row_width == net.config["dim"]
    assert not any("deep" in key for key in net.named_variables)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"attention_units": 0}, "attention_units: must be at least 1; received 0"),
        ({"heads": 0}, "heads: must be at least 1; received 0"),
        ({"heads": 65_537}, "heads: must be at most 65536; received 65537"),
        ({"linear": 1}, "linear: must be of type bool; received 1"),
        ({"hidden_units": [0]}, r"hidden_units\[0\]: must be at least 1; received 0"),
    ],
)
def test_a_config_outside_the_rules_is_refused(config, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        build_network("autoint", F, config)
