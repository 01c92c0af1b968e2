"""Small networks of every kind in the zoo, and a log with a planted signal."""

from dataclasses import fields

import numpy as np

from model.zoo import ZOO, build_network

FIELDS, LEVELS = 4, 6
SIZES = {
    "dim": 4,
    "subspaces": 2,
    "layers": 2,
    "reduction_ratio": 2.0,
    "kernel_size": 5,
    "latent_rank": 2,
    "orthogonality": 0.01,
    "hidden_units": [6, 5],
    "cin_units": [5, 4],
    "attention_units": 3,
    "heads": 2,
    "residual_units": [6, 5],
    "rank": 3,
    "experts": 2,
    "blocks": 2,
    "block_units": 5,
    "over_rank": 4,
    "generator_units": [3],
}


def small_config(name):
    """The sizes above that this network knows."""
    known = {field.name for field in fields(ZOO[name].config)}
    return {key: value for key, value in SIZES.items() if key in known}


def small_network(name, **arguments):
    return build_network(name, FIELDS, small_config(name), **arguments)


def planted_log(rows, seed=0):
    """Ids ``(rows, FIELDS)`` and labels; first-order and pairwise effects decide the odds."""
    random = np.random.default_rng(seed)
    levels = random.integers(0, LEVELS, size=(rows, FIELDS))
    first, second = np.random.default_rng(1).normal(size=(2, LEVELS))
    logit = 1.5 * first[levels[:, 0]] + 1.5 * second[levels[:, 1]] * second[levels[:, 2]]
    labels = (random.random(rows) < 1 / (1 + np.exp(-logit))).astype("float32")
    return (levels + np.arange(FIELDS) * LEVELS).astype("int32"), labels
