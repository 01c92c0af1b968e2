"""From the trained network to the graph that is served, exact up to rounding."""

from model.folding.fold import fold, folding_report
from model.folding.folded_network import FoldedNetwork
from model.folding.gate_monitor import GateMonitor
from model.folding.identity_fold import IdentityFold

__all__ = ["FoldedNetwork", "GateMonitor", "IdentityFold", "fold", "folding_report"]
