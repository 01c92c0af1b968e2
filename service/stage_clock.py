"""Where the time of a request goes."""

from time import perf_counter_ns

STAGES = ("queue", "parse", "encode", "l1", "redis", "table", "score", "respond")


class StageClock:
    """Measures stages one after the other, so that together they account for the whole.

    Args:
        start_ns: reading of ``perf_counter_ns`` at which the first stage began; now by default.
        keep_laps: whether to remember each lap, not only the sums.

    Attributes:
        nanoseconds: time spent in each stage so far.
        start_ns: when the first stage began.
        laps: each lap's stage, begin and end in readings of ``perf_counter_ns``; empty unless kept.
    """

    __slots__ = ("_keep_laps", "_last", "laps", "nanoseconds", "start_ns")

    def __init__(self, start_ns: int | None = None, keep_laps: bool = False) -> None:
        self.nanoseconds = dict.fromkeys(STAGES, 0)
        self.start_ns = self._last = perf_counter_ns() if start_ns is None else start_ns
        self._keep_laps = keep_laps
        self.laps: list[tuple[str, int, int]] = []

    def lap(self, stage: str) -> None:
        """Credit the time since the last lap to a stage."""
        now = perf_counter_ns()
        self.nanoseconds[stage] += now - self._last
        if self._keep_laps:
            self.laps.append((stage, self._last, now))
        self._last = now

    @property
    def since_start_ns(self) -> int:
        """Nanoseconds from the start to now."""
        return perf_counter_ns() - self.start_ns

    @property
    def total_ns(self) -> int:
        """Nanoseconds from the start to the last lap."""
        return self._last - self.start_ns

    def milliseconds(self) -> dict[str, float]:
        """Return the stages that took time, in milliseconds with three digits."""
        return {stage: round(ns / 1e6, 3) for stage, ns in self.nanoseconds.items() if ns}

    def server_timing(self) -> bytes:
        """Write the ``Server-Timing`` header: the stages that took time, in milliseconds.

        The last entry is the whole.
        """
        parts = [f"{stage};dur={ns / 1e6:.3f}" for stage, ns in self.nanoseconds.items() if ns]
        return ", ".join([*parts, f"total;dur={self.total_ns / 1e6:.3f}"]).encode()
