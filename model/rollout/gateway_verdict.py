"""What a gateway has judged of a version on trial."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from model.bundle.sealed_json import canonical
from model.rollout.gateway_look import Look, look


@dataclass(frozen=True)
class GatewayVerdict:
    """A verdict against a canary, with what it stands on.

    Attributes:
        judge: the address that it came from.
        reason: ``errors``, ``latency`` or ``scores``.
        thresholds: what was allowed, by name; empty if the gateway does not tell.
        figures: what it measured, by name; empty if it does not tell.
    """

    judge: str
    reason: str
    thresholds: Mapping[str, Any]
    figures: Mapping[str, Any]

    @classmethod
    def read(cls, judge: str, canary: Mapping[str, Any]) -> Self | None:
        """Take it from a canary as ``GET /v1/models`` has it; ``None`` if there is no verdict yet."""
        if canary.get("verdict") is None:
            return None
        told = (_told(canary.get(key)) for key in ("thresholds", "figures"))
        return cls(judge, str(canary["verdict"]), *told)


def find_verdict(
    gateways: Sequence[str],
    model: str,
    version: str,
    told: Callable[[str], None],
    ask: Callable[[str], list[Look]] = look,
) -> GatewayVerdict | None:
    """Ask every gateway once whether it has judged against a canary; the first that has counts.

    Args:
        gateways: the address of each.
        model: its name.
        version: the canary's digits.
        told: given, for each address that cannot be asked, that it cannot and why.
        ask: looks at one gateway.

    Raises:
        InvalidInputError: if an address is of another form than ``http[s]://host[:port]``.
    """
    for said in (each for url in gateways for each in ask(url)):
        if said.trouble:
            told(f"canary: {said.refusal or f'{said.address} cannot be asked: {said.trouble}'}")
            continue
        canary = said.models.get(model, {}).get("canary")
        if isinstance(canary, Mapping) and canary.get("version") == version:
            verdict = GatewayVerdict.read(said.address, canary)
            if verdict is not None:
                return verdict
    return None


def _told(found: object) -> dict[str, Any]:
    """Take an object that a sealed file can hold; of an older gateway there is none."""
    if not isinstance(found, dict):
        return {}
    try:
        canonical(found)
    except ValueError:  # NaN, half a character
        return {}
    return found
