"""Raw values to ``X_0``, through the tiers, each asked for what the last lacked."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bundle import UNSEEN
from model.features import Encoder
from service.errors import TableError
from service.parsing.parts import Parts
from service.parsing.violation import exact
from service.stage_clock import StageClock
from service.tiers.embedded import Embedded
from service.tiers.l1 import L1
from service.tiers.missing import Missing
from service.tiers.pending_rows import PendingRows
from service.tiers.row_cache import RowCache
from service.tiers.row_codec import RowCodec
from service.tiers.row_table import RowTable
from service.tiers.small_integers import ABSENT
from service.tiers.table_reader import TableReader


class EmbeddingTiers:
    """The embedding rows of one release.

    Args:
        encoder: the release's encoder.
        l1: rows in process, of this release only.
        table: the release's table, which has every row.
        codec: how this release's rows are named and written in the cache.
        cache: Redis, shared by all releases; ``None`` goes from L1 to the table.
        readers: threads for lookups of a table that is not in memory; ``None`` never leaves the
            event loop.
    """

    def __init__(
        self,
        encoder: Encoder,
        l1: L1,
        table: RowTable,
        codec: RowCodec,
        cache: RowCache | None = None,
        readers: Executor | None = None,
    ) -> None:
        self.l1 = l1
        self._encoders = encoder.fields
        self._width = table.width
        self._table = TableReader(table, readers)
        self._codec = codec
        self._cache = cache

    async def embed(
        self, parts: Parts, clock: StageClock, check_integers: Callable[[], None]
    ) -> Embedded:
        """Gather the rows of raw values.

        Args:
            parts: the request's values, types checked.
            clock: credited with the stages ``l1``, ``encode``, ``redis`` and ``table``.
            check_integers: called if a number may be an integer beyond 64 bits, before anything is
                fetched for it; raises if it is.

        Raises:
            FeatureError: if a field does not accept a value.
            TableError: if the table cannot be read.
        """
        slots = [self.l1.find(block.fields, block.columns) for block in parts.blocks]
        gathered = [self.l1.gather(found) for found in slots]  # copied before anything is awaited
        lacking = [found == ABSENT for found in slots]
        missed = sum(int(np.count_nonzero(absent)) for absent in lacking)
        result = Embedded(tuple(x0 for x0, _ in gathered), [states for _, states in gathered])
        result.hits["l1"] = sum(found.size for found in slots) - missed
        result.misses["l1"] = missed
        clock.lap("l1")
        if missed:
            missing = self._missing(parts, lacking, check_integers)
            clock.lap("encode")
            found, found_states = await self._fetch(missing, result, clock)
            self.l1.insert(
                missing.fields, missing.values, found, found_states, missing.fingerprints
            )
            places = np.asarray(missing.places, np.intp)
            start = 0
            for (x0, states), absent in zip(gathered, lacking, strict=True):
                fields, rows = np.nonzero(absent)
                wanted = places[start : start + len(fields)]
                start += len(fields)
                x0[rows, fields] = found[wanted]
                states[absent] = found_states[wanted]
            clock.lap("l1")
        return result

    async def fill(self, field: int, values: list[Any]) -> None:
        """Put values into L1, from the cache or the table.

        Args:
            field: index of the values' field.
            values: raw values, their types checked, no number beyond 64 bits.

        Raises:
            FeatureError: if the field does not accept a value.
            TableError: if the table cannot be read.
        """
        missing = Missing()
        missing.fingerprints = self._encoders[field].fingerprints(missing.add(field, values))
        rows, states = await self._fetch(missing, Embedded((), ()), StageClock())
        self.l1.insert(missing.fields, missing.values, rows, states, missing.fingerprints)

    def _missing(
        self,
        parts: Parts,
        lacking: Sequence[NDArray[np.bool_]],
        check_integers: Callable[[], None],
    ) -> Missing:
        """List the distinct missing values, field by field, with their fingerprints."""
        missing = Missing()
        fingerprints = []
        for block, absent in zip(parts.blocks, lacking, strict=True):
            for place in np.flatnonzero(absent.any(axis=1)).tolist():
                field, column = block.fields[place], block.columns[place]
                encoder = self._encoders[field]
                wanted = [column[row] for row in np.flatnonzero(absent[place]).tolist()]
                if encoder.field.kind == "numeric" and not all(map(exact, wanted)):
                    check_integers()
                    # 2**64 equals 2.0**64: of the two, a dict would show the encoder the first.
                    encoder.fingerprints([value for value in wanted if type(value) is int])
                fingerprints.append(encoder.fingerprints(missing.add(field, wanted)))
        missing.fingerprints = np.concatenate(fingerprints)
        return missing

    async def _fetch(
        self, missing: Missing, result: Embedded, clock: StageClock
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Get the rows and states of missing values from the cache and the table."""
        count = len(missing.values)
        rows = np.zeros((count, self._width), np.float32)
        states = np.zeros(count, np.uint8)
        lacking = np.ones(count, np.bool_)
        fillable = np.zeros(count, np.bool_)
        if self._cache is not None:
            fillable = await self._ask_cache(self._cache, missing, rows, states, lacking, result)
            clock.lap("redis")
        wanted = np.flatnonzero(lacking)
        if len(wanted):
            fingerprints = missing.fingerprints[wanted]
            fields = np.asarray(missing.fields, np.intp)[wanted]
            try:
                rows[wanted], states[wanted] = await self._table.lookup(fingerprints, fields)
            except OSError as error:
                raise TableError(f"embedding table: must be readable; {error.strerror}") from error
            known = states[wanted] != UNSEEN
            result.hits["table"] = int(np.count_nonzero(known))
            result.misses["table"] = len(wanted) - result.hits["table"]
            news = known & fillable[wanted]
            if self._cache is not None and news.any():
                fresh, kept = np.unique(fingerprints[news], return_index=True)
                chosen = wanted[news][kept]
                self._cache.offer(PendingRows(self._codec, fresh, rows[chosen], states[chosen]))
            clock.lap("table")
        return rows, states

    async def _ask_cache(
        self,
        cache: RowCache,
        missing: Missing,
        rows: NDArray[np.float32],
        states: NDArray[np.uint8],
        lacking: NDArray[np.bool_],
        result: Embedded,
    ) -> NDArray[np.bool_]:
        """Fill in the rows that the cache has; a damaged one is a miss.

        Returns:
            Of which values the cache said that it does not have them, ``(values,)``.
        """
        marks, levels = np.unique(missing.fingerprints, return_inverse=True)
        reading = await cache.read(self._codec, marks)
        decoded = self._codec.decode(marks, reading.values)
        result.hits["redis"] = hits = int(np.count_nonzero(decoded.valid))
        result.misses["redis"] = int(np.count_nonzero(reading.answered)) - hits
        for reason, rejected in decoded.rejected.items():
            result.rejected[reason] = result.rejected.get(reason, 0) + rejected
        for reason, failed in reading.failures.items():
            result.degraded.append(f"redis_{reason}")
            result.unavailable += failed
        found = decoded.valid[levels]
        rows[found] = decoded.rows[levels[found]]
        states[found] = decoded.states[levels[found]]
        lacking[found] = False
        return (reading.answered & ~decoded.valid)[levels]
