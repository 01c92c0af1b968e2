"""What each client's address has left, where there are no keys."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from service.access.allowance import Allowance
from service.access.rate import Rate

_MOST = 65_536
_HOST_BITS = 64


class Addresses:
    """The allowances of the addresses that asked last.

    IPv6 addresses with the same first 64 bits count as one: a client has all of those.

    Args:
        rate: of each address.
        clock: tells the time in seconds; never goes back.
        most: addresses that are remembered; of more, the one that was silent longest is forgotten.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float], most: int = _MOST) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()

    def __len__(self) -> int:
        """Count the addresses that are remembered."""
        return len(self._allowances)

    def of(self, client: tuple[str, int] | None) -> Allowance:
        """Return what a client has left; those without an address count as one."""
        address = _network(client[0] if client else "")
        allowance = self._allowances.get(address)
        if allowance is None:
            allowance = self._allowances[address] = Allowance(self._rate, self._clock())
            if len(self._allowances) > self._most:
                self._allowances.popitem(last=False)
        else:
            self._allowances.move_to_end(address)
        return allowance


def _network(address: str) -> str:
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or int(parsed) >> _HOST_BITS)
