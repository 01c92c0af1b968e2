"""What a ``ToxicProxy`` can do to a connection, in Toxiproxy's words.

Each holds for one direction, ``upstream`` (client to server) or ``downstream`` (server to client).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Latency:
    """Each piece arrives ``ms`` later, give or take ``jitter_ms``, in its order."""

    ms: float
    jitter_ms: float = 0.0


@dataclass(frozen=True)
class Bandwidth:
    """At most so many bytes pass in a second."""

    bytes_per_s: float


@dataclass(frozen=True)
class Timeout:
    """Nothing passes; after ``ms`` the connection is closed (0: it stays until the toxic goes)."""

    ms: float = 0.0


@dataclass(frozen=True)
class ResetPeer:
    """Both peers get a TCP reset after ``ms``."""

    ms: float = 0.0


@dataclass(frozen=True)
class Slicer:
    """Bytes pass in slices of ``size``, with a pause of ``delay_ms`` after each."""

    size: int
    delay_ms: float = 0.0


@dataclass(frozen=True)
class LimitData:
    """The connection is closed once so many bytes have passed since the toxic is there."""

    bytes: int


@dataclass(frozen=True)
class BitFlip:
    """The lowest bit of every ``every``-th byte since the toxic is there is the wrong one."""

    every: int


Toxic = Latency | Bandwidth | Timeout | ResetPeer | Slicer | LimitData | BitFlip
