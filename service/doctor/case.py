"""What is examined."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.bundle import Bundle, Pointer
from service.settings import Settings


@dataclass
class Case:
    """The settings and, as the checks go on, what earlier ones found.

    Attributes:
        settings: as ``dynint serve`` would read them.
        environment: the variables.
        deep: whether every byte of the bundles is read.
        gateway: address of a running gateway that is examined too.
        pointer: what is live, once that is known.
        bundles: those that verified, by their version's digits.
    """

    settings: Settings
    environment: Mapping[str, str]
    deep: bool = False
    gateway: str | None = None
    pointer: Pointer | None = None
    bundles: dict[str, Bundle] = field(default_factory=dict)

    @property
    def live(self) -> Bundle | None:
        """The live bundle, if it verified."""
        return self.bundles.get(self.pointer.current) if self.pointer else None

    @property
    def way_out(self) -> str:
        """The command that makes another version live."""
        options = f"--root {self.settings.release_root} --name {self.settings.model_name}"
        if self.pointer is None or self.pointer.previous is None:
            return f"dynint promote ANOTHER {options}"
        canary = self.pointer.canary
        twice = f" (twice: the first ends the trial of version {canary.version})" if canary else ""
        return f"dynint rollback {options}{twice}"
