"""Which requests are looked at closely."""

from zlib import crc32


class Sampler:
    """Takes a share of the requests, decided by their ids.

        taken = CRC-32(id in ASCII) < share * 2^32

    So a request that is taken in one service is taken in every other with the same share or a
    larger one, without asking.

    Args:
        share: in [0, 1].
    """

    __slots__ = ("_bound",)

    def __init__(self, share: float) -> None:
        self._bound = int(share * 2**32)

    def takes(self, request_id: str) -> bool:
        """Tell whether a request belongs to the sample."""
        return bool(self._bound) and crc32(request_id.encode()) < self._bound
