from typing import Any

import numpy as np
import pytest
from farmhash import Fingerprint64
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.errors import InvalidInputError
from service.tiers.l1 import L1, LONGEST_TEXT
from service.tiers.small_integers import ABSENT, SIZE


def keep(l1: L1, field: int, values: list[Any], rows: list[float]) -> None:
    """Keep rows of width 1."""
    l1.insert(
        [field] * len(values),
        values,
        np.array(rows, np.float32)[:, None],
        np.zeros(len(values), np.uint8),
        marks(values),
    )


def marks(values: list[Any]) -> NDArray[np.uint64]:
    return np.array([Fingerprint64(repr(value)) for value in values], np.uint64)


def held(l1: L1, columns: list[tuple[Any, ...]]) -> list[list[float | None]]:
    """Look values of width 1 up; ``None`` where they are not held."""
    slots = l1.find(range(len(columns)), columns)
    rows, _ = l1.gather(slots)
    return [
        [None if slot == ABSENT else float(row) for slot, row in zip(*pair, strict=True)]
        for pair in zip(slots.tolist(), rows[:, :, 0].T, strict=True)
    ]


def test_a_value_is_found_in_its_own_field_only():
    l1 = L1(2, 1, 4)
    keep(l1, 0, ["a"], [1.5])
    assert held(l1, [("a", "b"), ("a", "b")]) == [[1.5, None], [None, None]]


def test_rows_come_out_by_request_row_then_field():
    l1 = L1(2, 2, 4)
    l1.insert(
        [0, 1],
        ["a", "b"],
        np.array([[1, 2], [3, 4]], np.float32),
        np.array([0, 1], np.uint8),
        marks(["a", "b"]),
    )
    x0, states = l1.gather(l1.find([0, 1], [("a", "a"), ("b", "b")]))
    np.testing.assert_array_equal(x0, [[[1, 2], [3, 4]]] * 2)
    np.testing.assert_array_equal(states, [[0, 0], [1, 1]])


def test_none_empty_text_and_zero_are_three_values():
    l1 = L1(1, 1, 9)
    keep(l1, 0, [None, "", 0], [1, 2, 3])
    assert held(l1, [(None, "", 0, 0.0, "0")]) == [[1, 2, 3, 3, None]]


def test_it_never_holds_more_than_its_capacity():
    l1 = L1(1, 1, 3)
    keep(l1, 0, list(range(100)), list(range(100)))
    assert len(l1) == 3
    assert sum(row is not None for row in held(l1, [tuple(range(100))])[0]) == 3


def test_a_scan_does_not_push_out_what_is_read():
    l1 = L1(1, 1, 8)
    keep(l1, 0, ["hot"], [7])
    for value in range(100):
        assert held(l1, [("hot",)]) == [[7]]
        keep(l1, 0, [value], [value])
    assert held(l1, [("hot",)]) == [[7]]


def test_long_texts_and_numbers_beyond_64_bits_are_not_kept():
    l1 = L1(1, 1, 9)
    values = ["x" * LONGEST_TEXT, "x" * (LONGEST_TEXT + 1), 2.0**64, -(2**63), 2**64 - 1]
    keep(l1, 0, values, [1, 2, 3, 4, 5])
    assert held(l1, [tuple(values)]) == [[1, None, None, None, 5]]


def test_a_value_that_is_held_is_not_kept_twice():
    l1 = L1(1, 1, 2)
    keep(l1, 0, ["a"], [1])
    keep(l1, 0, ["a", "b"], [9, 2])
    assert held(l1, [("a", "b")]) == [[1, 2]]


def test_capacity_must_be_positive():
    with pytest.raises(InvalidInputError, match="capacity"):
        L1(1, 1, 0)


@settings(deadline=None)
@given(
    capacity=st.integers(1, 7),
    requests=st.lists(
        st.lists(st.tuples(st.integers(0, 1), st.integers(0, 15)), min_size=1, max_size=12),
        max_size=30,
    ),
)
def test_what_is_found_is_always_the_values_own_row(
    capacity: int, requests: list[list[tuple[int, int]]]
):
    l1 = L1(2, 1, capacity, numeric=[1])
    for request in requests:
        for field in range(2):
            values = list(dict.fromkeys(value for at, value in request if at == field))
            if values:
                keep(l1, field, values, [100 * field + value for value in values])
        everything = tuple(range(16))
        for field, rows in enumerate(held(l1, [everything, everything])):
            for value, row in enumerate(rows):
                assert row is None or row == 100 * field + value
        assert len(l1) <= capacity


def test_a_scan_pushes_out_nothing():
    """Values seen once, by the thousand, with the frequent ones in between now and then."""
    capacity, frequent, scanned = 200, 150, 20_000
    l1 = L1(1, 1, capacity)
    hot = [f"hot{place}" for place in range(frequent)]
    for _ in range(2):
        keep(l1, 0, hot, list(range(frequent)))
    held(l1, [tuple(hot)])
    for start in range(0, scanned, 1000):
        rare = [f"rare{place}" for place in range(start, start + 1000)]
        keep(l1, 0, rare, [0] * len(rare))
        assert held(l1, [tuple(hot)]) == [list(range(frequent))]


def test_what_comes_again_is_let_into_a_full_tier():
    l1 = L1(1, 1, 10)
    keep(l1, 0, list(range(10)), list(range(10)))
    for _ in range(2):
        keep(l1, 0, ["new"], [7])
    assert held(l1, [("new",)]) == [[7]]


def test_a_column_of_one_value_is_found_like_any_other():
    l1 = L1(2, 1, 9)
    keep(l1, 0, ["a"], [1])
    keep(l1, 1, [1], [2])
    columns = [("a",) * 5, (1, 1.0, 1, 1, 1)]
    assert held(l1, columns) == [[1] * 5, [2] * 5]
    assert held(l1, [("a", "a", "b", "a", "a"), (3,) * 5]) == [[1, 1, None, 1, 1], [None] * 5]


def test_small_integers_are_found_beside_every_other_number():
    l1 = L1(2, 1, 20, numeric=[1])
    values = [0, 5, SIZE - 1, SIZE, -1, 2.5, None, "", 2**40]
    for field in range(2):
        keep(l1, field, values, [10 * field + place for place in range(len(values))])
    for column in (
        tuple(values),
        tuple(values[:3]),
        tuple(values[:5]),
        (5, 5, 5),
        (5, 6, 0),
        (5.0, 0),
    ):
        rows = held(l1, [column, column])
        for field in range(2):
            expected = [
                10 * field + values.index(value) if value in values else None for value in column
            ]
            assert rows[field] == expected


def test_a_small_integer_that_was_pushed_out_is_not_found():
    l1 = L1(1, 1, 1, numeric=[0])
    for value in (3, 4, 4):
        keep(l1, 0, [value], [value])
    assert held(l1, [(3, 4, 4)]) == [[None, 4, 4]]


def test_an_integer_is_found_that_came_as_a_float_first():
    l1 = L1(1, 1, 9, numeric=[0])
    keep(l1, 0, [5.0, 6.5], [1, 2])
    assert held(l1, [(5, 6)]) == [[1, None]]
    assert held(l1, [(5.0, 6.5)]) == [[1, 2]]


def test_it_lists_what_was_read_lately_apart():
    l1 = L1(2, 1, 9)
    keep(l1, 0, ["a", "b", "c"], [1, 2, 3])
    keep(l1, 1, ["a"], [4])
    held(l1, [("b",), ("z",)])
    assert l1.held(0) == (["b"], ["a", "c"])
    assert l1.held(1) == ([], ["a"])


def test_shrinking_gives_rows_up_and_the_rest_stays_right():
    l1 = L1(1, 1, 6, numeric=[0])
    keep(l1, 0, [1, 2, 3, "text"], [1, 2, 3, 4])
    assert l1.shrink(2) == 2
    assert held(l1, [(1, 2, 3, "text")]) == [[1, 2, None, None]]
    keep(l1, 0, [3, 5], [30, 50])
    assert held(l1, [(1, 2, 3, 5)]) == [[1, 2, 30, 50]]
    assert [l1.shrink(3), l1.shrink(3), len(l1)] == [3, 1, 0]
