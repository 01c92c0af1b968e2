"""MaskNet's layers against its equations, one instance at a time."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import EmbeddingNormalization, InstanceGuidedMask, MaskBlock
from tests.model.layers.gated_rivals import mask_block, masks, normalised_embeddings

F, D = 3, 4
X_0 = np.random.default_rng(0).normal(size=(6, F, D))
V_EMB = X_0.reshape(6, -1)
V_HIDDEN = np.random.default_rng(1).normal(size=(6, 5))


def with_random_weights(layer):
    for variable in layer.variables:  # gains and biases too, which start at one and at zero
        variable.assign(np.random.default_rng(2).normal(size=variable.shape))
    return layer


def test_normalised_embeddings_match_the_paper_s_equation():
    layer = EmbeddingNormalization(dtype="float64")
    layer.build(X_0.shape)
    plain = np.asarray(layer(X_0))
    np.testing.assert_allclose(plain.mean(axis=2), 0, atol=1e-12)
    np.testing.assert_allclose(plain.std(axis=2), 1, rtol=1e-3)
    with_random_weights(layer)
    np.testing.assert_allclose(layer(X_0), normalised_embeddings(layer, X_0), rtol=1e-10)


def test_an_embedding_without_deviation_becomes_its_bias():
    layer = EmbeddingNormalization(dtype="float64")
    np.testing.assert_array_equal(layer(np.full((2, F, D), 3.0)), np.zeros((2, F, D)))


def test_a_mask_matches_the_paper_s_equation():
    mask = InstanceGuidedMask(5, 1.5, dtype="float64")
    mask.build(V_EMB.shape)
    with_random_weights(mask)
    np.testing.assert_allclose(mask(V_EMB), masks(mask, V_EMB), rtol=1e-10)


@pytest.mark.parametrize(("ratio", "units"), [(2, 10), (1, 5), (0.5, 3), (0.1, 1)])
def test_the_aggregation_layer_has_the_mask_s_units_times_the_ratio(ratio, units):
    assert InstanceGuidedMask(5, ratio).aggregation.units == units


@pytest.mark.parametrize("x", [V_EMB, V_HIDDEN], ids=["on_embeddings", "on_block"])
def test_a_block_matches_the_paper_s_equation(x):
    block = MaskBlock(7, 0.5, dtype="float64")
    block.build(x.shape, V_EMB.shape)
    with_random_weights(block)
    expected = mask_block(block, x, V_EMB)
    assert (expected == 0).any()
    assert (expected > 0).any()
    np.testing.assert_allclose(block(x, V_EMB), expected, rtol=1e-10)


def test_kernels_of_one_seed_start_different():
    block = MaskBlock(12, 1.0, kernel_initializer="glorot_uniform")
    block.build(V_EMB.shape, V_EMB.shape)
    kernels = [np.asarray(each) for each in block.variables if each.name == "kernel"]
    assert len(kernels) == 3
    assert len({kernel[0, 0] for kernel in kernels}) == 3


@pytest.mark.parametrize("layer", [InstanceGuidedMask(5, 0.5), MaskBlock(5, 0.5)])
def test_a_layer_is_remade_from_its_config(layer):
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(("units", "ratio", "names"), [(0, 2, "units"), (1, 0, "reduction_ratio")])
def test_arguments_outside_their_rule_are_refused(units, ratio, names):
    with pytest.raises(InvalidInputError, match=rf"^{names}: must be .*; received 0"):
        InstanceGuidedMask(units, ratio)
