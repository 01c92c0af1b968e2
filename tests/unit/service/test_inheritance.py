import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from model.features import Encoder, FeatureSpec, Field
from service.errors import TableError
from service.inheritance import dismiss, inherit
from service.parsing.columns import ColumnReader
from service.parsing.parts import Parts
from service.parsing.query import Query
from service.release import Release
from service.scorers.sum_scorer import SumVersion
from service.stage_clock import StageClock
from service.tiers.embedded import Embedded
from service.tiers.embedding_tiers import EmbeddingTiers
from service.tiers.l1 import L1
from service.tiers.row_cache import InMemoryRowCache
from service.tiers.row_codec import RowCodec
from service.tiers.row_table import InMemoryRowTable
from tests.unit.service.fakes import make_release
from tests.unit.service.specs import ENCODER, KNOWN, OOV, ROWS

ROW: dict[str, Any] = {"price": 1, "user": "ann", "ad": "x"}
OTHER: dict[str, Any] = {"price": 2.5, "user": 7, "ad": None}


def make_heir(
    l1_rows: int = 100, cache: InMemoryRowCache | None = None
) -> tuple[Release, InMemoryRowTable]:
    """Make a release whose rows are ten times those of the other one."""
    table = InMemoryRowTable({mark: 10 * row for mark, row in ROWS.items()}, 10 * OOV)
    tiers = EmbeddingTiers(ENCODER, L1(3, 2, l1_rows), table, RowCodec("cd" * 32, 2), cache)
    return replace(make_release("2"), tiers=tiers), table


async def embed(release: Release, rows: Sequence[dict[str, Any]]) -> Embedded:
    columns, _ = ColumnReader(ENCODER).read(Query(list(rows)), KNOWN)
    return await release.tiers.embed(Parts.whole(columns), StageClock(), lambda: None)


def test_the_heir_holds_the_same_values_with_rows_of_its_own():
    async def run() -> None:
        live, (heir, table) = make_release("1"), make_heir()
        before = (await embed(live, [ROW, OTHER])).x0
        assert await inherit(heir, live, 10.0) == 6
        table.looked_up = 0
        first = await embed(heir, [ROW, OTHER])
        assert (first.hits, first.misses) == ({"l1": 6}, {"l1": 0})
        assert table.looked_up == 0
        np.testing.assert_array_equal(first.x0, 10 * before)
        np.testing.assert_array_equal((await embed(live, [ROW, OTHER])).x0, before)

    asyncio.run(run())


def test_values_that_were_read_lately_come_first():
    async def run() -> None:
        live, (heir, _) = make_release("1"), make_heir(l1_rows=3)
        await embed(live, [OTHER])
        for _ in range(2):
            await embed(live, [ROW])
        assert await inherit(heir, live, 10.0) == 3
        assert (await embed(heir, [ROW])).misses["l1"] == 0

    asyncio.run(run())


def test_a_cache_is_asked_before_the_table_and_filled_from_it():
    async def run() -> None:
        cache = InMemoryRowCache()
        live = make_release("1")
        await embed(live, [ROW])
        await inherit(make_heir(cache=cache)[0], live, 10.0)
        assert len(cache.values) == 3
        heir, table = make_heir(cache=cache)
        await inherit(heir, live, 10.0)
        assert table.looked_up == 0
        np.testing.assert_array_equal(
            (await embed(heir, [ROW])).x0, 10 * (await embed(live, [ROW])).x0
        )

    asyncio.run(run())


def test_only_fields_of_both_and_of_one_kind_are_inherited():
    async def run() -> None:
        live = make_release("1")
        await embed(live, [{**ROW, "user": 7}])
        spec = FeatureSpec(
            (
                Field("user", "numeric", "context", "squared_log"),
                Field("ad", "categorical", "candidate"),
            )
        )
        table = InMemoryRowTable({}, OOV[:2])
        tiers = EmbeddingTiers(Encoder(spec), L1(2, 2, 9), table, RowCodec("cd" * 32, 2))
        heir = replace(make_release("2"), spec=spec, tiers=tiers)
        assert await inherit(heir, live, 10.0) == 1
        assert tiers.l1.held(1)[0] + tiers.l1.held(1)[1] == ["x"]

    asyncio.run(run())


def test_no_time_means_nothing_is_inherited():
    async def run() -> None:
        live, (heir, _) = make_release("1"), make_heir()
        await embed(live, [ROW])
        assert await inherit(heir, live, 0.0) == 0

    asyncio.run(run())


def test_a_live_release_whose_scorer_is_gone_is_not_waited_for():
    async def run() -> None:
        scorer = SumVersion()
        live, (heir, _) = make_release("1", scorer), make_heir()
        await embed(live, [ROW])
        scorer.available = False
        assert await inherit(heir, live, 10.0) == 0

    asyncio.run(run())


def test_a_table_that_cannot_be_read_is_an_error():
    async def run() -> None:
        live, (heir, table) = make_release("1"), make_heir()
        await embed(live, [ROW])
        table.broken = True
        with pytest.raises(TableError):
            await inherit(heir, live, 10.0)

    asyncio.run(run())


def test_a_dismissed_release_still_answers_who_has_taken_it():
    async def run() -> None:
        old = make_release("1")
        before = (await embed(old, [ROW, OTHER])).x0
        await dismiss(old, 0.0)
        assert len(old.tiers.l1) == 0
        for _ in range(2):
            np.testing.assert_array_equal((await embed(old, [ROW, OTHER])).x0, before)

    asyncio.run(run())
