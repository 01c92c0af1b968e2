"""Fills the first tier of a release that is about to go live with what the live one's holds."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import chain
from time import monotonic
from typing import Any

import structlog

from model.errors import FeatureError
from service.heap import give_back
from service.release import Release

_log = structlog.get_logger()
_PART = 128
"""Values at a time: some tenths of a millisecond of the event loop."""

_PAUSE_S = 0.001
_LOOK_EVERY = 32


async def inherit(heir: Release, live: Release, most_s: float) -> int:
    """Look up in a new release the values that are held of the live one; its rows are the heir's own.

    Values that were read lately come first, so what there is no time or place for is the coldest.
    Fields that the releases do not share, or that are of another kind, are left out. Requests go on
    meanwhile: between two parts the event loop has a pause, and the table is read in a thread.

    Args:
        heir: loaded, not live yet.
        live: goes on unchanged.
        most_s: longest time that it may take, in seconds.

    Returns:
        How many rows the heir holds then.

    Raises:
        TableError: if the heir's table cannot be read.
    """
    begin_s = monotonic()
    tiers, own = heir.tiers, heir.spec.names
    for place, (name, values) in enumerate(_parts(heir, live)):
        if tiers.l1.is_full or monotonic() - begin_s >= most_s:
            break
        if place % _LOOK_EVERY == 0 and not await live.scorer.is_available():
            break  # a model server has unloaded it already: the heir is wanted now
        try:
            await tiers.fill(own.index(name), values)
        except FeatureError as error:
            _log.warning("values_not_inherited", field=name, text=str(error))
        await asyncio.sleep(_PAUSE_S)
    rows = len(tiers.l1)
    spent_s = round(monotonic() - begin_s, 3)
    _log.info(
        "l1_inherited", version=heir.version, rows=rows, of=len(live.tiers.l1), seconds=spent_s
    )
    return rows


def _parts(heir: Release, live: Release) -> Iterator[tuple[str, list[Any]]]:
    """Cut what is held into parts of one field each: what was read lately, then the others."""
    kinds = {field.name: field.kind for field in heir.spec.fields}
    shared = [
        (place, field.name)
        for place, field in enumerate(live.spec.fields)
        if kinds.get(field.name) == field.kind
    ]
    cold: list[tuple[str, list[Any]]] = []

    def hot() -> Iterator[tuple[str, list[Any]]]:
        for place, name in shared:
            lately, others = live.tiers.l1.held(place)
            cold.append((name, others))
            yield name, lately

    for name, values in chain(hot(), cold):
        for start in range(0, len(values), _PART):
            yield name, values[start : start + _PART]


async def dismiss(release: Release, after_s: float, dropper: Executor | None = None) -> None:
    """Take a release apart in small steps, once the requests that have taken it are done.

    Freed at once, the hundred thousands of keys of its first tier would hold everybody up.

    Args:
        release: live no more; a request that still uses it meets an empty first tier.
        after_s: how long requests may take, in seconds.
        dropper: the thread in which the last of it goes; by default one of the event loop's.
    """
    await asyncio.sleep(after_s)
    while release.tiers.l1.shrink(_PART):
        await asyncio.sleep(_PAUSE_S)
    last = [release]
    del release
    await asyncio.get_running_loop().run_in_executor(dropper, _drop, last)


def _drop(last: list[Release]) -> None:
    """Let go of what may be the last of a release, away from the event loop, and of its memory."""
    last.clear()
    give_back()
