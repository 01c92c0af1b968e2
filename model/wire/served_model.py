"""What a server is told to serve."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model of a server's configuration.

    Attributes:
        name: the model's name.
        base_path: folder that holds its version directories.
        versions: exactly these versions; empty means the server's own policy, the latest only.
        labels: names for versions ("live", "canary"); each version must be one that is served.
    """

    name: str
    base_path: str
    versions: tuple[int, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
