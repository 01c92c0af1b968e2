"""One field of a FeatureSpec."""

from dataclasses import dataclass
from typing import Literal

from model.errors import InvalidInputError
from model.features.discretisers import DISCRETISERS

Kind = Literal["categorical", "numeric"]
Side = Literal["context", "candidate"]

KINDS = ("categorical", "numeric")
SIDES = ("context", "candidate")


@dataclass(frozen=True, slots=True)
class Field:
    """A named input of the model: what it holds, whose it is and how its values become levels.

    Args:
        name: not empty, without ``=`` (the name and a token are joined by it).
        kind: ``categorical`` (strings or integers) or ``numeric`` (integers or floats).
        side: ``context`` (one value per request) or ``candidate`` (one per scored item).
        discretiser: numeric fields only: a name in ``DISCRETISERS``.
        hash_buckets: at least 2: levels are hashed into so many buckets, for unbounded cardinality;
            ``None`` keeps every level apart.

    Raises:
        InvalidInputError: if an argument breaks its rule.
    """

    name: str
    kind: Kind
    side: Side = "context"
    discretiser: str | None = None
    hash_buckets: int | None = None

    def __post_init__(self) -> None:
        if type(self.name) is not str or not self.name:
            raise InvalidInputError(f"name: must be a non-empty string; received {self.name!r}")
        if "=" in self.name:
            raise InvalidInputError(f"field {self.name!r}: its name must not contain '='")
        if any("\ud800" <= character <= "\udfff" for character in self.name):
            raise InvalidInputError(f"name: must be Unicode text; received {self.name!r}")
        if self.kind not in KINDS:
            raise self._refusal("kind", f"must be one of {', '.join(KINDS)}", self.kind)
        if self.side not in SIDES:
            raise self._refusal("side", f"must be one of {', '.join(SIDES)}", self.side)
        if self.kind == "numeric" and (
            type(self.discretiser) is not str or self.discretiser not in DISCRETISERS
        ):
            rule = f"of a numeric field must be one of {', '.join(DISCRETISERS)}"
            raise self._refusal("discretiser", rule, self.discretiser)
        if self.kind == "categorical" and self.discretiser is not None:
            rule = "of a categorical field must be absent"
            raise self._refusal("discretiser", rule, self.discretiser)
        if self.hash_buckets is not None and (
            type(self.hash_buckets) is not int or not 2 <= self.hash_buckets < 2**63
        ):
            rule = "must be an integer from 2 to 2^63 - 1, or absent"
            raise self._refusal("hash_buckets", rule, self.hash_buckets)

    def _refusal(self, argument: str, rule: str, received: object) -> InvalidInputError:
        return InvalidInputError(f"field {self.name!r}: {argument} {rule}; received {received!r}")
