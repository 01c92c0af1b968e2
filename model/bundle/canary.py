"""The version on trial."""

import math
from dataclasses import dataclass

from model.bundle.paths import check_version
from model.errors import InvalidInputError


@dataclass(frozen=True)
class Canary:
    """A version that gets a share of the traffic.

    Attributes:
        version: its digits.
        share: part of the requests, in (0, 1].

    Raises:
        InvalidInputError: if one breaks its rule.
    """

    version: str
    share: float

    def __post_init__(self) -> None:
        if not isinstance(self.version, str):
            raise InvalidInputError("canary.version: must be a string of digits")
        check_version(self.version)
        number = type(self.share) in {int, float} and math.isfinite(self.share)
        if not number or not 0 < self.share <= 1:
            raise InvalidInputError(f"canary.share: must be in (0, 1]; received {self.share!r}")
