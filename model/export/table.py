"""The trained table as it is shipped: sorted by fingerprint, without the rows that are zero."""

import numpy as np
import numpy.typing as npt

from model.bundle import EmbeddingTable
from model.errors import CheckFailedError
from model.features import Vocabulary


def build_table(vocabulary: Vocabulary, table: npt.NDArray[np.float32]) -> EmbeddingTable:
    """Take the rows that are not zero, in the order of their fingerprints.

    Args:
        vocabulary: which row of the trained table each fingerprint has.
        table: the trained rows, ``(table rows, width)``; the first ones are the fields' OOV rows.

    Raises:
        CheckFailedError: if a value is not finite.
    """
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        raise CheckFailedError(f"table: must be finite; row {int(finite.argmin())} is not")
    used = np.any(table[vocabulary.rows], axis=1)
    index = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
    return EmbeddingTable(
        vocabulary.fingerprints,
        index,
        np.ascontiguousarray(table[vocabulary.rows[used]], np.float32),
        np.ascontiguousarray(table[: vocabulary.n_fields], np.float32),
    )
