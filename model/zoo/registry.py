"""The networks by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.errors import InvalidInputError
from model.zoo.apg import APG, APGConfig
from model.zoo.config import NetworkConfig
from model.zoo.dnn import DNN, DNNConfig
from model.zoo.dynint_da import DynIntDAConfig
from model.zoo.dynint_dgp import DynIntDGPConfig
from model.zoo.dynint_dwp import DynIntDWPConfig
from model.zoo.gatenet import GateNet, GateNetConfig
from model.zoo.interaction_network import InteractionNetwork
from model.zoo.logistic_regression import LogisticRegression, LogisticRegressionConfig
from model.zoo.masknet import MaskNet, MaskNetConfig
from model.zoo.network import Network
from model.zoo.xdeepint import XDeepIntConfig


@dataclass(frozen=True)
class ZooEntry:
    """One kind of network: its configuration and the class that is built from it."""

    config: type[NetworkConfig]
    network: Callable[[str, int, Any, str, int], Network]


ZOO: dict[str, ZooEntry] = {
    "lr": ZooEntry(LogisticRegressionConfig, LogisticRegression),
    "dnn": ZooEntry(DNNConfig, DNN),
    "gatenet": ZooEntry(GateNetConfig, GateNet),
    "masknet": ZooEntry(MaskNetConfig, MaskNet),
    "apg": ZooEntry(APGConfig, APG),
    "xdeepint": ZooEntry(XDeepIntConfig, InteractionNetwork),
    "dynint_da": ZooEntry(DynIntDAConfig, InteractionNetwork),
    "dynint_dgp": ZooEntry(DynIntDGPConfig, InteractionNetwork),
    "dynint_dwp": ZooEntry(DynIntDWPConfig, InteractionNetwork),
}
"""Every network that a configuration can name."""

DTYPES = ("float32", "float64")


def build_network(
    name: str,
    fields: int,
    config: Mapping[str, Any] | None = None,
    dtype: str = "float32",
    seed: int = 0,
) -> Network:
    """Build a network with its weights at their initial values.

    Args:
        name: a key of ``ZOO``.
        fields: number of fields ``F``.
        config: the network's own settings; what is absent has its default.
        dtype: ``"float32"`` or ``"float64"``, of the weights and the arithmetic.
        seed: of the initial values; the same seed gives the same weights.

    Raises:
        InvalidInputError: for an unknown name or key, or a value outside its rule.
    """
    if not isinstance(name, str) or name not in ZOO:
        raise InvalidInputError(f"name: must be one of {tuple(ZOO)}; received {name!r}")
    if fields < 1:
        raise InvalidInputError(f"fields: must be at least 1; received {fields}")
    if dtype not in DTYPES:
        raise InvalidInputError(f"dtype: must be one of {DTYPES}; received {dtype!r}")
    entry = ZOO[name]
    parsed = entry.config.parse(config or {})
    network = entry.network(name, fields, parsed, dtype, seed)
    network(np.zeros((1, fields, parsed.row_width), dtype))
    return network
