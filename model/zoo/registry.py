"""The networks by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.errors import InvalidInputError
from model.zoo.apg import APG, APGConfig
from model.zoo.autoint import AutoInt, AutoIntConfig
from model.zoo.config import NetworkConfig
from model.zoo.dcn import DCN, DCNConfig
from model.zoo.dcn_v2 import DCNV2, DCNV2Config
from model.zoo.deep_crossing import DeepCrossing, DeepCrossingConfig
from model.zoo.deepfm import DeepFM, DeepFMConfig
from model.zoo.dnn import DNN, DNNConfig
from model.zoo.dynint_da import DynIntDAConfig
from model.zoo.dynint_dgp import DynIntDGPConfig
from model.zoo.dynint_dwp import DynIntDWPConfig
from model.zoo.fibinet import FiBiNET, FiBiNETConfig
from model.zoo.fm import FM, FMConfig
from model.zoo.gatenet import GateNet, GateNetConfig
from model.zoo.interaction_network import InteractionNetwork
from model.zoo.logistic_regression import LogisticRegression, LogisticRegressionConfig
from model.zoo.masknet import MaskNet, MaskNetConfig
from model.zoo.network import Network
from model.zoo.pnn import PNN, PNNConfig
from model.zoo.wide_deep import WideDeep, WideDeepConfig
from model.zoo.xdeepfm import XDeepFM, XDeepFMConfig
from model.zoo.xdeepint import XDeepIntConfig


@dataclass(frozen=True)
class ZooEntry:
    """One kind of network: its configuration and the class that is built from it."""

    config: type[NetworkConfig]
    network: Callable[[str, int, Any, str, int], Network]


ZOO: dict[str, ZooEntry] = {
    "lr": ZooEntry(LogisticRegressionConfig, LogisticRegression),
    "fm": ZooEntry(FMConfig, FM),
    "dnn": ZooEntry(DNNConfig, DNN),
    "wide_deep": ZooEntry(WideDeepConfig, WideDeep),
    "deepfm": ZooEntry(DeepFMConfig, DeepFM),
    "deep_crossing": ZooEntry(DeepCrossingConfig, DeepCrossing),
    "dcn": ZooEntry(DCNConfig, DCN),
    "pnn": ZooEntry(PNNConfig, PNN),
    "xdeepfm": ZooEntry(XDeepFMConfig, XDeepFM),
    "autoint": ZooEntry(AutoIntConfig, AutoInt),
    "fibinet": ZooEntry(FiBiNETConfig, FiBiNET),
    "dcn_v2": ZooEntry(DCNV2Config, DCNV2),
    "gatenet": ZooEntry(GateNetConfig, GateNet),
    "masknet": ZooEntry(MaskNetConfig, MaskNet),
    "apg": ZooEntry(APGConfig, APG),
    "xdeepint": ZooEntry(XDeepIntConfig, InteractionNetwork),
    "dynint_da": ZooEntry(DynIntDAConfig, InteractionNetwork),
    "dynint_dgp": ZooEntry(DynIntDGPConfig, InteractionNetwork),
    "dynint_dwp": ZooEntry(DynIntDWPConfig, InteractionNetwork),
}
"""Every network that a configuration can name, in the order of the paper's Table 1, with the
dynamic rivals that its section 2 names between the static networks and its own."""

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
