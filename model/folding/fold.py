"""From the trained network to the graph that is served."""

from collections.abc import Sequence
from typing import Any

from model.folding.folded_network import FoldedNetwork
from model.folding.identity_fold import IdentityFold
from model.folding.network_weights import finite_array, read_network


def fold(
    network: Any, dtype: str = "float32", sides: Sequence[str] | None = None
) -> FoldedNetwork | IdentityFold:
    """Fold a zoo network for serving; exact up to rounding.

    The algebra is done in float64 and rounded once. A network without ``interactions`` is served as
    it is, in its own dtype.

    Args:
        network: a network of the zoo, built.
        dtype: of the served graph; float64 is for proofs.
        sides: each field's side, ``"context"`` or ``"candidate"``: what ``rank`` needs to know.

    Raises:
        InvalidInputError: if a layer has no folding rule.
        CheckFailedError: if a weight is not finite.
    """
    if not hasattr(network, "interactions"):
        for variable in network.variables:
            finite_array(variable)
        return IdentityFold(network, sides)
    return FoldedNetwork(read_network(network).simplified(), dtype, sides)


def folding_report(network: Any) -> dict[str, int]:
    """Count what folding kept of the interactions: layers, gates' hidden units, columns.

    Columns are those of the product that all layers share; a deep part beside them is kept whole.
    """
    if not hasattr(network, "interactions"):
        return {}
    whole = read_network(network)
    kept = whole.simplified()
    return {
        "layers": len(network.interactions),
        "layers_kept": len(kept.mixes),
        "hidden_units": whole.hidden,
        "hidden_units_kept": kept.hidden,
        "columns": sum(mix.projection.shape[1] for mix in whole.mixes),
        "columns_kept": sum(mix.projection.shape[1] for mix in kept.mixes),
    }
