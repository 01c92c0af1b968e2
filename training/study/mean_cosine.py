"""How far the vectors of dynamic parameters are from orthogonal."""

from typing import Any

import numpy as np

from model.trained import TrainedModel
from model.zoo import build_network

_RANKS = {"dynint_dgp": "kernel_size", "dynint_dwp": "latent_rank"}
"""The key of K, by the name of a network with the penalty."""


def mean_cosine(model: TrainedModel, ids: Any) -> float | None:
    """Return the mean of ``|cos(u_p, u_q)|`` and ``|cos(v_p, v_q)|`` over layers and pairs.

    It is the penalty of eq. 11 (or, in the mean over instances, of eq. 12) over its number of
    terms, ``L K (K - 1)``: 0 for orthogonal vectors, 1 for parallel ones.

    Args:
        model: whose network has the penalty.
        ids: instances as rows of the table, ``(n, fields)``, for vectors that depend on them.

    Returns:
        ``None`` for a network without such vectors, or with one of each.
    """
    network = model.network
    key = _RANKS.get(network.name_in_zoo)
    if key is None:
        return None
    K, layers = network.config[key], network.config["layers"]
    terms = layers * K * (K - 1)
    if not terms:
        return None
    config = {**network.config, "orthogonality": 1.0}
    measured = build_network(network.name_in_zoo, network.fields, config)
    for name, variable in measured.named_variables.items():
        variable.assign(network.named_variables[name])
    measured(model.table[ids], training=True)
    return float(np.sum([np.asarray(loss) for loss in measured.losses])) / terms
