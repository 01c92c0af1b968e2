"""What the gateways say of a version on trial."""

from collections.abc import Callable, Sequence

from model.errors import DynIntError
from model.rollout.gateway_look import Look, look
from model.rollout.gateway_verdict import GatewayVerdict


class TrialFigures:
    """Asks every gateway, at each of its addresses, for its own figures of a canary.

    Args:
        gateways: the address of each.
        model: its name.
        version: the canary's digits.
        told: given, once for each address, that it cannot be asked and why.
        ask: looks at one gateway.

    Attributes:
        asked: how many answers told something of the model so far.
        verdict: the first that is against the version; ``None`` if none is.
    """

    def __init__(
        self,
        gateways: Sequence[str],
        model: str,
        version: str,
        told: Callable[[str], None],
        ask: Callable[[str], list[Look]] = look,
    ) -> None:
        self.version = version
        self.asked = 0
        self.verdict: GatewayVerdict | None = None
        self._gateways = gateways
        self._model = model
        self._told = told
        self._ask = ask
        self._silent: set[str] = set()

    def requests(self) -> int:
        """Ask once; returns how many requests the version has been given, of all that answered.

        Raises:
            DynIntError: if one answers with 401, 403 or 404: its verdict would not be seen.
        """
        return sum(self._count(said) for url in self._gateways for said in self._ask(url))

    def _count(self, said: Look) -> int:
        if said.refusal:
            raise DynIntError(
                f"canary: [release] gateways must tell their verdicts; {said.refusal}"
            )
        try:
            if said.trouble:
                return self._none(said, said.trouble)
            canary = said.models[self._model]["canary"]
            if canary is None or canary["version"] != self.version:
                self.asked += 1
                return 0
            requests = int(canary["requests"])
            verdict = GatewayVerdict.read(said.address, canary)
        except (AttributeError, KeyError, TypeError, ValueError):
            return self._none(said, f"no figures of model {self._model!r}")
        self.asked += 1
        self.verdict = self.verdict or verdict
        return requests

    def _none(self, said: Look, why: str) -> int:
        if said.address not in self._silent:
            self._silent.add(said.address)
            self._told(f"canary: {said.address} cannot be asked: {why}")
        return 0
