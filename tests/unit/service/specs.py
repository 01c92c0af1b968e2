"""A small spec, its encoder, and a table of made-up rows for it."""

import numpy as np

from model.features import Encoder, FeatureSpec, Field
from service.tiers.row_table import InMemoryRowTable

SPEC = FeatureSpec(
    (
        Field("price", "numeric", "candidate", "squared_log"),
        Field("user", "categorical", "context"),
        Field("ad", "categorical", "candidate"),
    )
)
ENCODER = Encoder(SPEC)
KNOWN = frozenset(SPEC.names)
PRICE, USER, AD = ENCODER.fields

ROWS = {
    PRICE.fingerprint(1): np.array([1, 2], np.float32),
    USER.fingerprint("ann"): np.array([3, 4], np.float32),
    USER.fingerprint("7"): np.array([5, 6], np.float32),
    AD.fingerprint("x"): np.array([7, 8], np.float32),
    AD.fingerprint("pruned"): np.zeros(2, np.float32),
    AD.fingerprint(None): np.array([9, 9], np.float32),
}
OOV = np.array([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]], np.float32)


def make_table() -> InMemoryRowTable:
    """Make the table of ``ROWS``."""
    return InMemoryRowTable(ROWS, OOV)
