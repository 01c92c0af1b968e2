import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from model.errors import FieldTypeError
from service.errors import TableError
from service.parsing.columns import ColumnReader
from service.parsing.parts import Parts
from service.parsing.query import Query
from service.stage_clock import StageClock
from service.tiers.embedded import Embedded
from service.tiers.embedding_tiers import EmbeddingTiers
from service.tiers.l1 import L1
from service.tiers.row_cache import InMemoryRowCache
from service.tiers.row_codec import RowCodec
from service.tiers.row_table import InMemoryRowTable
from tests.unit.service.specs import AD, ENCODER, KNOWN, OOV, ROWS, USER, make_table

CODEC = RowCodec("ab" * 32, 2)
REQUEST: list[dict[str, Any]] = [
    {"price": 1, "user": "ann", "ad": "x"},
    {"price": 1.0, "user": 7, "ad": "pruned"},
    {"price": 1, "user": "nobody", "ad": None},
]
EXPECTED = [
    [[1, 2], [3, 4], [7, 8]],
    [[1, 2], [5, 6], [0, 0]],
    [[1, 2], OOV[1], [9, 9]],
]


def make_tiers(
    table: InMemoryRowTable, cache: InMemoryRowCache | None = None, l1_rows: int = 100
) -> EmbeddingTiers:
    return EmbeddingTiers(ENCODER, L1(3, 2, l1_rows), table, CODEC, cache)


def embed(
    tiers: EmbeddingTiers,
    rows: list[dict[str, Any]],
    check_integers: Callable[[], None] = lambda: None,
) -> Embedded:
    columns, _ = ColumnReader(ENCODER).read(Query(rows), KNOWN)
    return asyncio.run(tiers.embed(Parts.whole(columns), StageClock(), check_integers))


def test_rows_come_from_the_table_first_and_from_l1_then():
    table = make_table()
    tiers = make_tiers(table)
    first = embed(tiers, REQUEST)
    assert (first.hits, first.misses) == ({"l1": 0, "table": 6}, {"l1": 9, "table": 1})
    second = embed(tiers, REQUEST)
    assert (second.hits, second.misses) == ({"l1": 9}, {"l1": 0})
    assert table.looked_up == 7  # each distinct value once
    for result in (first, second):
        np.testing.assert_array_equal(result.x0, np.array(EXPECTED, np.float32))
        assert (*result.absences, result.unavailable) == (1, 1, 0)


@pytest.mark.parametrize("l1_rows", [1, 2, 5])
def test_an_l1_that_is_too_small_changes_nothing_but_the_time(l1_rows: int):
    tiers = make_tiers(make_table(), l1_rows=l1_rows)
    for _ in range(5):
        np.testing.assert_array_equal(embed(tiers, REQUEST).x0, np.array(EXPECTED, np.float32))


def test_the_cache_is_filled_from_the_table_and_then_asked_in_its_place():
    cache, table = InMemoryRowCache(), make_table()
    embed(make_tiers(table, cache), REQUEST)
    assert len(cache.values) == 6  # levels that are not in the vocabulary are not written
    table.looked_up = 0
    result = embed(make_tiers(table, cache), REQUEST)
    np.testing.assert_array_equal(result.x0, np.array(EXPECTED, np.float32))
    assert table.looked_up == 1
    assert result.hits == {"l1": 0, "redis": 6, "table": 0}
    assert result.absences == (1, 1)


def test_the_cache_is_asked_once_for_each_distinct_level():
    cache = InMemoryRowCache()
    embed(make_tiers(make_table(), cache), [{"user": 7}, {"user": "7"}, {"user": 7}])
    (asked,) = cache.asked
    assert asked.count(CODEC.keys(USER.fingerprints(["7"]))[0]) == 1
    assert len(asked) == 3  # the level 7, and the missing levels of the other fields


def test_a_cache_that_is_down_degrades_the_answer_and_nothing_else():
    cache = InMemoryRowCache()
    cache.down = "timeout"
    result = embed(make_tiers(make_table(), cache), REQUEST)
    np.testing.assert_array_equal(result.x0, np.array(EXPECTED, np.float32))
    assert result.degraded == ["redis_timeout"]
    assert result.unavailable == 7


def test_a_damaged_row_is_a_miss():
    cache = InMemoryRowCache()
    embed(make_tiers(make_table(), cache), REQUEST)
    key = CODEC.keys(AD.fingerprints(["x"]))[0]
    for damaged in (b"", cache.values[key][:-1], cache.values[key][:-1] + b"\0"):
        cache.values[key] = damaged
        result = embed(make_tiers(make_table(), cache), REQUEST)
        np.testing.assert_array_equal(result.x0, np.array(EXPECTED, np.float32))
        assert sum(result.rejected.values()) == 1
        assert not result.degraded


def test_a_value_that_its_field_refuses_raises():
    with pytest.raises(FieldTypeError, match="'price'"):
        embed(make_tiers(make_table()), [{"price": "3"}])


def test_numbers_beyond_64_bits_are_looked_at_each_time():
    seen: list[str] = []
    tiers = make_tiers(make_table())
    for _ in range(2):
        embed(tiers, [{"price": 1e20}], lambda: seen.append("asked"))
    assert seen == ["asked", "asked"]


def test_the_lowest_integer_does_not_hide_what_is_rounded_to_it():
    seen: list[str] = []
    rows = [{"price": -(2**63)}, {"price": float(-(2**63))}]
    embed(make_tiers(make_table()), rows, lambda: seen.append("asked"))
    assert seen


def test_a_table_that_cannot_be_read_is_an_error():
    table = make_table()
    table.broken = True
    with pytest.raises(TableError, match="must be readable"):
        embed(make_tiers(table), REQUEST)


def test_equal_numbers_of_both_types_share_a_row():
    tiers = make_tiers(make_table())
    embed(tiers, [{"price": 1}])
    assert embed(tiers, [{"price": 1.0}]).hits["l1"] == 3
    assert ROWS  # the fixture is not empty
