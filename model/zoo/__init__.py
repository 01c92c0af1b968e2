"""The networks that can be trained, behind one registry."""

from model.zoo.interaction_network import InteractionNetwork
from model.zoo.network import Network
from model.zoo.registry import ZOO, ZooEntry, build_network

__all__ = ["ZOO", "InteractionNetwork", "Network", "ZooEntry", "build_network"]
