"""What every network of the zoo promises."""

import json
from dataclasses import fields

import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import SparseTable, build_dense_optimizer, build_row_optimizer
from model.zoo import ZOO, build_network
from tests.model.zoo.small import FIELDS, LEVELS, planted_log, small_config, small_network

every_network = pytest.mark.parametrize("name", ZOO)


def embeddings(network, rows=8, dtype="float32"):
    random = np.random.default_rng(0)
    return random.normal(size=(rows, FIELDS, network.row_width)).astype(dtype)


@every_network
def test_a_batch_of_any_size_gives_one_logit_per_instance(name):
    network = small_network(name)
    forward = tf.function(network, reduce_retracing=True)
    for rows in (1, 3, 8):
        logits = forward(embeddings(network, rows))
        assert logits.shape == (rows,)
        assert logits.dtype == "float32"
    assert network.name_in_zoo == name
    assert network.fields == FIELDS


@every_network
def test_an_instance_s_logit_does_not_depend_on_its_batch(name):
    network = small_network(name, dtype="float64")
    whole = embeddings(network, dtype="float64")
    one_by_one = np.concatenate([network(whole[i : i + 1]) for i in range(len(whole))])
    np.testing.assert_allclose(network(whole), one_by_one, rtol=1e-12)


@every_network
@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_gradients_are_finite(name, scale):
    network = small_network(name)
    x = tf.constant(scale * embeddings(network))
    variables = [variable.value for variable in network.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(network(x, training=True)) + sum(network.losses)
    for gradient in tape.gradient(loss, [x, *variables], unconnected_gradients="zero"):
        assert np.isfinite(gradient).all()


@every_network
def test_penalties_are_added_in_training_only(name):
    network = small_network(name)
    network(embeddings(network), training=True)
    penalised = "orthogonality" in network.config
    assert bool(network.losses) == penalised
    network(embeddings(network), training=False)
    assert network.losses == []


@every_network
def test_a_config_makes_the_same_network_again(name):
    network = small_network(name)
    config = json.loads(json.dumps(network.config))
    again = build_network(name, FIELDS, config)
    assert again.config == config
    assert config.items() >= small_config(name).items()
    assert build_network(name, FIELDS).config.keys() == config.keys()
    shapes = {key: variable.shape for key, variable in network.named_variables.items()}
    assert {key: variable.shape for key, variable in again.named_variables.items()} == shapes


@every_network
def test_its_variables_have_the_same_names_whatever_was_built_before(name):
    config = small_config(name)
    if "dropout" in {field.name for field in fields(ZOO[name].config)}:
        config["dropout"] = 0.5
    one, other = (build_network(name, FIELDS, config) for _ in range(2))
    assert list(one.named_variables) == list(other.named_variables)
    assert len(one.named_variables) == len(one.variables)


@every_network
def test_the_seed_decides_the_initial_weights(name):
    def weights(seed):
        network = small_network(name, seed=seed)
        return {key: variable.numpy() for key, variable in network.named_variables.items()}

    one, same, other = weights(3), weights(3), weights(4)
    for key, value in one.items():
        np.testing.assert_array_equal(same[key], value)
    random = [key for key, value in one.items() if len(np.unique(value)) > 1]
    assert all(not np.array_equal(one[key], other[key]) for key in random)


@every_network
def test_float64_gives_what_float32_gives(name):
    single, double = small_network(name), small_network(name, dtype="float64")
    for key, variable in double.named_variables.items():
        assert variable.dtype == "float64"
        variable.assign(single.named_variables[key].numpy().astype("float64"))
    x = embeddings(single)
    precise = double(x.astype("float64"))
    assert precise.dtype == "float64"
    np.testing.assert_allclose(single(x), precise, rtol=1e-4, atol=1e-5)


@every_network
def test_it_learns_a_planted_signal(name):
    ids, labels = planted_log(1024)
    network = small_network(name)
    optimizer = build_row_optimizer({"name": "adam", "alpha": 0.03})
    table = SparseTable(FIELDS * LEVELS, network.row_width, optimizer, seed=0, init_scale=0.3)
    dense = build_dense_optimizer({"name": "adam", "alpha": 0.01})
    variables = network.trainable_variables
    levels = tf.range(FIELDS * LEVELS)

    @tf.function
    def step():
        rows = table.gather(levels)
        with tf.GradientTape() as tape:
            tape.watch(rows)
            logits = network(tf.gather(rows, ids), training=True)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        by_rows, *by_variable = tape.gradient(loss, [rows, *(v.value for v in variables)])
        table.apply(levels, tf.convert_to_tensor(by_rows))
        dense.apply(variables, by_variable)
        return loss

    for _ in range(80):
        loss = float(step())
    rate = labels.mean()
    entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    assert loss < 0.85 * entropy


@every_network
@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"no_such": 1}, r"no_such: must be one of \[.*\]; received 'no_such'"),
        ({"layers": 2.0}, r"layers: must be of type int; received 2\.0"),
        ({"layers": True}, "layers: must be of type int; received True"),
        ({"layers": -1}, "layers: must not be negative; received -1"),
        ({"dim": 0}, "dim: must be at least 1; received 0"),
        ({"dim": 16, "subspaces": 3}, r"subspaces: must divide dim \(16\); received 3"),
        ({"subspaces": 0}, "subspaces: must be at least 1; received 0"),
        ({"reduction_ratio": 0}, r"reduction_ratio: must be positive; received 0\.0"),
        ({"kernel_size": 0}, "kernel_size: must be at least 1; received 0"),
        ({"latent_rank": 0}, "latent_rank: must be at least 1; received 0"),
        ({"dim": 10**20}, "dim: must be at most 65536; received 10{20}"),
        ({"subspaces": 65_537}, "subspaces: must be at most 65536; received 65537"),
        ({"layers": 1_001}, "layers: must be at most 1000; received 1001"),
        ({"kernel_size": 10**20}, "kernel_size: must be at most 65536; received 10{20}"),
        ({"latent_rank": 10**20}, "latent_rank: must be at most 65536; received 10{20}"),
        ({"reduction_ratio": 1e-300}, r"reduction_ratio: must be at least 0\.001; received 1e-300"),
        ({"reduction_ratio": 10**400}, "reduction_ratio: must be finite; received inf"),
        ({"orthogonality": -0.1}, r"orthogonality: must not be negative; received -0\.1"),
        ({"orthogonality": float("nan")}, "orthogonality: must be finite; received nan"),
        ({"gate_shape": "field"}, "gate_shape: must be one of .*; received 'field'"),
        ({"gate_shape": 3}, "gate_shape: must be of type str; received 3"),
        ({"offset": "K"}, "offset: must be one of .*; received 'K'"),
        ({"hidden_units": [0]}, r"hidden_units\[0\]: must be at least 1; received 0"),
        ({"dropout": 1.0}, r"dropout: must be from 0 to below 1; received 1\.0"),
        ({"rank": -1}, "rank: must (not be negative|be at least 1); received -1"),
        ({"rank": 65_537}, "rank: must be at most (65536|256); received 65537"),
        ({"experts": 0}, "experts: must be at least 1; received 0"),
        ({"structure": "ring"}, "structure: must be one of .*; received 'ring'"),
        ({"activation": "sine"}, "activation: must be one of .*; received 'sine'"),
        ({"products": "sum"}, "products: must be one of .*; received 'sum'"),
        ({"residual_units": []}, r"residual_units: must not be empty; received \[\]"),
        ({"residual_units": [3, 0]}, r"residual_units\[1\]: must be at least 1; received 0"),
    ],
)
def test_a_config_outside_the_rules_is_refused(name, config, text):
    known = {field.name for field in fields(ZOO[name].config)}
    rule = text if config.keys() <= known else r"\w+: must be one of \[.*\]; received '\w+'"
    with pytest.raises(InvalidInputError, match=f"^{text if 'no_such' in config else rule}"):
        build_network(name, FIELDS, config)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("dynint", 3, {}), r"name: must be one of \('lr', .*\); received 'dynint'"),
        (([], 3, {}), r"name: must be one of \('lr', .*\); received \[\]"),
        (("lr", 0, {}), "fields: must be at least 1; received 0"),
        (("lr", 3, {}, "float16"), r"dtype: must be one of \(.*\); received 'float16'"),
    ],
)
def test_a_network_outside_the_zoo_is_refused(arguments, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        build_network(*arguments)
