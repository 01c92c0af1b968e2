"""xDeepFM as a whole."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import build_network
from tests.model.layers import rivals

F, D = 5, 3
ROWS = np.random.default_rng(0).normal(size=(6, F, 1 + D))


@pytest.mark.parametrize("hidden_units", [[], [6, 4]])
@pytest.mark.parametrize("split_half", [False, True])
@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_matches_the_paper_s_equations(hidden_units, split_half, activation):
    config = {"dim": D, "cin_units": [4, 3], "split_half": split_half, "activation": activation}
    config |= {"hidden_units": hidden_units}
    net = build_network("xdeepfm", F, config, dtype="float64", seed=5)
    for variable in net.variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(scale=0.5, size=variable.shape))
    kernel, bias = np.asarray(net.head.kernel)[:, 0], float(net.head.bias[0])
    logits = []
    for row in ROWS:
        w, v = row[:, 0], row[:, 1:]
        pooled = rivals.compressed_interaction_network(net.cin.kernels, v, split_half, activation)
        deep = rivals.deep_part(net.deep, v) if hidden_units else 0
        logits.append(w.sum() + kernel @ pooled + deep + bias)
    np.testing.assert_allclose(net(ROWS), logits, rtol=1e-10)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"cin_units": []}, r"cin_units: must not be empty; received \[\]"),
        ({"cin_units": 64}, "cin_units: must be a list of integers; received 64"),
        ({"cin_units": [4, 0]}, r"cin_units\[1\]: must be at least 1; received 0"),
        (
            {"cin_units": [5, 4], "split_half": True},
            r"cin_units: must be even but for the last, to be split; received \[5, 4\]",
        ),
        ({"split_half": 1}, "split_half: must be of type bool; received 1"),
        ({"activation": "tanh"}, r"activation: must be one of .*; received 'tanh'"),
        ({"hidden_units": [0]}, r"hidden_units\[0\]: must be at least 1; received 0"),
        ({"dropout": 1.0}, r"dropout: must be from 0 to below 1; received 1\.0"),
    ],
)
def test_a_config_outside_the_rules_is_refused(config, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        build_network("xdeepfm", F, config)
