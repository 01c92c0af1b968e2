"""Who may ask: looked at before anything of a request is read but its head."""

from collections.abc import Callable, Sequence
from time import monotonic

from starlette.types import Scope

from service.access.addresses import Addresses
from service.access.allowance import Allowance
from service.access.key_ring import KeyRing
from service.access.metrics import AccessMetrics
from service.access.rate import Rate
from service.errors import NoKeyError, RateLimitError, UnknownKeyError

_BEARER = b"bearer "
_BLANKS = b" \t"  # around a value they are no part of it: RFC 9110, 5.5


class Guard:
    """Lets requests in that have a key, or come from an address, within its limits.

    With keys a limit is of the caller that they name, without them of the client's address.

    Args:
        metrics: count what becomes of requests.
        rate: limits of whoever has none of his own.
        clock: tells the time in seconds; never goes back.
    """

    def __init__(
        self, metrics: AccessMetrics, rate: Rate, clock: Callable[[], float] = monotonic
    ) -> None:
        self._metrics = metrics
        self._rate = rate
        self._clock = clock
        self._ring: KeyRing | None = None
        self._callers: dict[str, Allowance] = {}
        limits_addresses = rate.requests is not None or rate.rows is not None
        self._addresses = Addresses(rate, clock) if limits_addresses else None

    @property
    def has_keys(self) -> bool:
        """Whether a key is asked for."""
        return self._ring is not None

    def use(self, ring: KeyRing) -> None:
        """Take these keys in place of those from before; what a caller has left stays as it is."""
        before, now_s = self._callers, self._clock()
        rates = {name: self._rate.but(limits) for name, limits in ring.limits().items()}
        self._callers = {
            name: before[name]
            if name in before and before[name].rate == rate
            else Allowance(rate, now_s, before.get(name))
            for name, rate in rates.items()
        }
        self._ring = ring
        self._metrics.loaded(len(ring), before.keys() - rates.keys())

    def refused(self) -> None:
        """Count a file of keys that cannot be used."""
        self._metrics.not_loaded()

    def admit(self, scope: Scope) -> tuple[str, Allowance | None]:
        """Let a request in.

        Args:
            scope: ASGI's; its headers and its client are looked at.

        Returns:
            The caller's name (empty without keys), and what its rows are paid from.

        Raises:
            NoKeyError: if it has no key, and one is asked for.
            UnknownKeyError: if its key is not, or no longer, known.
            RateLimitError: if its caller is over a limit.
        """
        if self._ring is not None:
            name = self._caller(self._ring, scope["headers"])
            allowance = self._callers[name]
        elif self._addresses is not None:
            name, allowance = "", self._addresses.of(scope.get("client"))
        else:
            return "", None
        try:
            allowance.admit(self._clock())
        except RateLimitError as error:
            self._metrics.limited(name, error.limit)
            raise
        if name:
            self._metrics.admitted(name)
        return name, allowance

    def _caller(self, ring: KeyRing, headers: Sequence[tuple[bytes, bytes]]) -> str:
        given = b""
        for name, value in headers:
            if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
                given = value[len(_BEARER) :].strip(_BLANKS)
                break
            if name == b"x-api-key":
                given = value.strip(_BLANKS)
        if not given:
            self._metrics.refused("no_key")
            raise NoKeyError(
                "key: must be sent as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'; there is none"
            )
        found = ring.find(given)
        if found is None:
            self._metrics.refused("unknown_key")
            raise UnknownKeyError(
                "key: must be one that this gateway knows; received another. It may have been "
                "withdrawn: ask who runs the gateway for a new one"
            )
        return found.name
