"""Keras layers of the networks."""

from model.layers.batch_normalization import BatchNormalization
from model.layers.bilinear_interaction import BilinearInteraction
from model.layers.compressed_interaction_network import CompressedInteractionNetwork
from model.layers.cross_network import CrossNetwork
from model.layers.cross_network_mix import CrossNetworkMix
from model.layers.cross_network_v2 import CrossNetworkV2
from model.layers.deep_part import DeepPart
from model.layers.dynamic_activation import DynamicActivation
from model.layers.dynamic_generated_parameters import DynamicGeneratedParameters
from model.layers.dynamic_weighted_parameters import DynamicWeightedParameters
from model.layers.embedding_gate import EmbeddingGate
from model.layers.embedding_normalization import EmbeddingNormalization
from model.layers.factorization_machine import FactorizationMachine
from model.layers.first_order import first_order
from model.layers.first_products import FirstProducts, first_products
from model.layers.fusion import FUSIONS, Fusion
from model.layers.generated_dense import GeneratedDense
from model.layers.hidden_gate import HiddenGate
from model.layers.instance_gate import InstanceGate
from model.layers.instance_guided_mask import InstanceGuidedMask
from model.layers.interacting_layer import InteractingLayer
from model.layers.mask_block import MaskBlock
from model.layers.output_layer import OutputLayer
from model.layers.polynomial_interaction import PolynomialInteraction
from model.layers.product_layer import ProductLayer
from model.layers.residual_unit import ResidualUnit
from model.layers.row_mixer import RowMixer
from model.layers.rows import reordered_once
from model.layers.squeeze_excitation import SqueezeExcitation
from model.layers.subspace_crossing import SubspaceCrossing
from model.layers.tower import Tower

__all__ = [
    "FUSIONS",
    "BatchNormalization",
    "BilinearInteraction",
    "CompressedInteractionNetwork",
    "CrossNetwork",
    "CrossNetworkMix",
    "CrossNetworkV2",
    "DeepPart",
    "DynamicActivation",
    "DynamicGeneratedParameters",
    "DynamicWeightedParameters",
    "EmbeddingGate",
    "EmbeddingNormalization",
    "FactorizationMachine",
    "FirstProducts",
    "Fusion",
    "GeneratedDense",
    "HiddenGate",
    "InstanceGate",
    "InstanceGuidedMask",
    "InteractingLayer",
    "MaskBlock",
    "OutputLayer",
    "PolynomialInteraction",
    "ProductLayer",
    "ResidualUnit",
    "RowMixer",
    "SqueezeExcitation",
    "SubspaceCrossing",
    "Tower",
    "first_order",
    "first_products",
    "reordered_once",
]
