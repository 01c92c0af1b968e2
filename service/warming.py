"""Fills Redis with rows of a release before anybody asks for them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from model.bundle import Bundle
from model.errors import CheckFailedError
from service.settings import Settings
from service.tiers.pending_rows import PendingRows
from service.tiers.redis_factory import make_servers
from service.tiers.row_codec import RowCodec
from service.tiers.write_back import BATCH, WriteBack

_PIPELINES = 2


@dataclass
class Warmed:
    """What was written.

    Attributes:
        written: rows that Redis took.
        failed: rows that it did not.
        reasons: of the failures, each with how often it came.
        seconds: how long it took.
        bytes: keys and values that were sent.
    """

    written: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    bytes: int = 0


async def warm(
    bundle: Bundle,
    levels: NDArray[np.uint64],
    settings: Settings,
    rate: int | None,
    advance: Callable[[int], None],
) -> Warmed:
    """Write the rows of levels, a few batches under way at a time.

    Stops at the first batch of which Redis takes nothing: what is full or away stays so.

    Args:
        bundle: the release.
        levels: fingerprints, hottest first; each must be known to the release.
        settings: where Redis is and how long a row stays.
        rate: most rows per second, or ``None`` for as many as Redis takes.
        advance: is told how many rows were done.

    Raises:
        CheckFailedError: if Redis cannot be reached.
        InvalidInputError: if Redis' address breaks a rule.
    """
    warmed = Warmed()
    table = bundle.table
    codec = RowCodec(bundle.manifest_digest, table.width)
    servers = make_servers(settings)
    writer = WriteBack(
        servers,
        0,
        settings.redis_ttl_s,
        lambda _, reason: warmed.reasons.update([reason]),
        lambda _: None,
    )
    begun_s = monotonic()
    starts = iter(range(0, len(levels), BATCH))
    stopped = False

    async def work() -> None:
        nonlocal stopped
        for start in starts:
            if stopped:
                return
            if rate is not None:
                await asyncio.sleep(begun_s + start / rate - monotonic())
            marks = np.ascontiguousarray(levels[start : start + BATCH])
            rows, states = table.lookup(marks, np.zeros(len(marks), np.intp))
            entries = PendingRows(codec, marks, rows, states).entries()
            taken = await writer.write(entries)
            warmed.written += taken
            warmed.failed += len(entries) - taken
            warmed.bytes += sum(len(key) + len(value) for key, value in entries)
            stopped |= not taken
            advance(warmed.written + warmed.failed)

    try:
        await servers.start()
        await asyncio.gather(*(work() for _ in range(_PIPELINES)))
    finally:
        await servers.close()
    warmed.seconds = monotonic() - begun_s
    if not warmed.written and len(levels):
        raise CheckFailedError(
            "redis: must take rows; it took none "
            f"({', '.join(sorted(warmed.reasons)) or 'no answer'}). Is the address right, is it up, "
            "has it memory?"
        )
    return warmed
