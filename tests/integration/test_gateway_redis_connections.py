"""A row never pairs with another's key, whatever happens to the reads around it."""

import asyncio
import os

from tests.integration.pairing import prove
from tests.integration.processes import RedisServer


def test_4_cancelled_and_late_reads_never_mix_rows():
    with RedisServer() as server:
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (names alone are counted)
        tally = asyncio.run(prove(server.url, cancelled=20_000))
        assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
    assert tally.wrong == 0
    assert tally.cancelled >= 20_000
    assert tally.cancelled_in_flight > 1_000
    assert tally.whole > 1_000
    assert tally.partial > 10
    assert tally.rows > 20_000
