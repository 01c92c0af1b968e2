"""What a feature is: fields, tokens, fingerprints, the vocabulary, and the encoder."""

from model.features.discretisers import DISCRETISERS
from model.features.encoder import Encoder, Problem
from model.features.feature_spec import FeatureSpec
from model.features.field import Field
from model.features.field_encoder import FieldEncoder
from model.features.fingerprint import fingerprint
from model.features.vocabulary import Vocabulary

__all__ = [
    "DISCRETISERS",
    "Encoder",
    "FeatureSpec",
    "Field",
    "FieldEncoder",
    "Problem",
    "Vocabulary",
    "fingerprint",
]
