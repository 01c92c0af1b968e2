"""Keras layers of the interaction networks."""

from model.layers.dynamic_activation import DynamicActivation
from model.layers.dynamic_generated_parameters import DynamicGeneratedParameters
from model.layers.dynamic_weighted_parameters import DynamicWeightedParameters
from model.layers.embedding_gate import EmbeddingGate
from model.layers.embedding_normalization import EmbeddingNormalization
from model.layers.first_products import FirstProducts, first_products
from model.layers.generated_dense import GeneratedDense
from model.layers.hidden_gate import HiddenGate
from model.layers.instance_gate import InstanceGate
from model.layers.instance_guided_mask import InstanceGuidedMask
from model.layers.mask_block import MaskBlock
from model.layers.output_layer import OutputLayer
from model.layers.polynomial_interaction import PolynomialInteraction
from model.layers.row_mixer import RowMixer
from model.layers.rows import reordered_once
from model.layers.subspace_crossing import SubspaceCrossing
from model.layers.tower import Tower

__all__ = [
    "DynamicActivation",
    "DynamicGeneratedParameters",
    "DynamicWeightedParameters",
    "EmbeddingGate",
    "EmbeddingNormalization",
    "FirstProducts",
    "GeneratedDense",
    "HiddenGate",
    "InstanceGate",
    "InstanceGuidedMask",
    "MaskBlock",
    "OutputLayer",
    "PolynomialInteraction",
    "RowMixer",
    "SubspaceCrossing",
    "Tower",
    "first_products",
    "reordered_once",
]
