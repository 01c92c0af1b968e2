"""Subspace crossing is a permutation: weights are reordered so that nothing need be at run time."""

import numpy as np
import numpy.typing as npt


def natural_order(fields: int, subspaces: int) -> npt.NDArray[np.intp]:
    """Find, for each row in natural order, its place in the crossed map.

    A crossed map has sub-space ``s`` of field ``f`` at row ``s F + f``. In natural order it is at
    ``f h + s``, which is how the embeddings lie in memory: with ``d = 1`` the natural map is the
    embeddings in one row. So ``W[order][:, order]`` does on natural maps what ``W`` does on crossed
    ones.

    Args:
        fields: ``F``.
        subspaces: ``h``.

    Returns:
        ``(F h,)`` indices of crossed rows.
    """
    return np.arange(fields * subspaces).reshape(subspaces, fields).T.ravel()
