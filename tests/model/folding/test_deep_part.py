"""Interaction networks with a deep part beside them fold, and rank."""

import numpy as np
import pytest

from model.bundle import relative_difference
from model.folding import fold
from model.layers import FUSIONS
from tests.model.folding.sparse import NETWORKS, embeddings_of, network_of, sparsify
from tests.model.folding.test_rank import SIDES, parts

every_kind = [
    pytest.mark.parametrize("fusion", FUSIONS),
    pytest.mark.parametrize("name", NETWORKS),
    pytest.mark.parametrize("subspaces", [2, 4]),
]


def deep_network(name, subspaces, **config):
    network = network_of(name, subspaces, hidden_units=[7, 3], **config)
    for key, variable in network.named_variables.items():
        if key.endswith("moving_variance"):
            variable.assign(abs(variable.numpy()))
    return network


def over_every_kind(test):
    for mark in every_kind:
        test = mark(test)
    return test


@over_every_kind
@pytest.mark.parametrize("trained", ["dense", "sparse"])
def test_gives_the_trained_network_s_logits(name, subspaces, fusion, trained):
    network = deep_network(name, subspaces, fusion=fusion, batch_norm=trained == "dense")
    if trained == "sparse":
        sparsify(network)
    embeddings = embeddings_of(network)
    expected = network(embeddings).numpy()
    exact = fold(network, "float64")(embeddings).numpy()
    assert relative_difference(exact, expected).max() < 1e-12
    served = fold(network)(embeddings.astype(np.float32)).numpy()
    assert relative_difference(served, expected).max() < 1e-5


@over_every_kind
@pytest.mark.parametrize(("order", "layers"), [("mixed", 2), ("candidates first", 2), ("mixed", 0)])
def test_ranks_as_the_trained_network_scores_merged_rows(name, subspaces, fusion, order, layers):
    sides = SIDES[order]
    network = deep_network(name, subspaces, fusion=fusion, layers=layers)
    context, candidates, merged = parts(embeddings_of(network), sides)
    expected = network(merged).numpy()
    folded = fold(network, "float64", sides)
    assert relative_difference(folded.rank(context, candidates).numpy(), expected).max() < 1e-12
    assert relative_difference(folded(merged).numpy(), expected).max() < 1e-12
