"""Splits by time, by order and by file."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from model.errors import InvalidInputError
from training.datasets import Block
from training.datasets.block import Coded
from training.prepare.split import Split
from training.prepare.split_by_file import FileSplit
from training.prepare.split_by_order import OrderSplit
from training.prepare.split_by_time import TimeSplit


def block(hours: str, place: int = 0) -> Block:
    """A block of rows, one a letter: the hour."""
    letters = sorted(set(hours), reverse=True)
    times = Coded(pa.array(letters), np.array([letters.index(hour) for hour in hours], np.int32))
    rows = np.arange(len(hours))
    return Block("log", 0, 1, len(hours), rows, rows * 0.0, {}, [], 0, 0, place, times)


def dealt(hours: str, weights: str) -> str:
    """Which letter goes where, in the order of time."""
    split = TimeSplit.find([block(hours[:3]), block(hours[3:])], Split.parse(weights), "hour")
    found = dict(zip(hours, split.deal(block(hours)).tolist(), strict=True))
    assert all(
        found[hour] == place for hour, place in zip(hours, split.deal(block(hours)), strict=True)
    )
    return "".join(str(found[hour]) for hour in sorted(found))


@pytest.mark.parametrize(
    ("hours", "weights", "expected"),
    [
        ("abcdefghij", "70/10/20", "0000000122"),
        ("jihgfedcba", "70/10/20", "0000000122"),
        ("aaaaaaabcc", "70/10/20", "012"),
        ("abccccccccc", "70/10/20", "012"),
        ("aaaaaaaaabc", "70/10/20", "012"),
        ("abcd", "1/0/1", "0022"),
        ("abcd", "0/1/1", "1122"),
        ("abcd", "0/0/1", "2222"),
        ("abcd", "0/1/0", "1111"),
        ("abcd", "1/0/0", "0000"),
        ("abcd", "3/1/0", "0001"),
        ("aabbbb", "50/0/50", "02"),
    ],
)
def test_whole_hours_go_where_the_shares_come_nearest(hours: str, weights: str, expected: str):
    assert dealt(hours, weights) == expected


def test_every_split_that_has_a_weight_needs_an_hour():
    with pytest.raises(
        InvalidInputError, match=r"an hour for each of 3 splits \(70/10/20\); received 2"
    ):
        dealt("abab", "70/10/20")
    with pytest.raises(InvalidInputError, match="received 0 hours"):
        TimeSplit.find([], Split(1, 0, 0), "hour")


@pytest.mark.parametrize(
    ("weights", "expected"),
    [("70/10/20", "0000000122"), ("0/1/1", "1111122222"), ("1/0/0", "0000000000")],
)
def test_by_order_the_last_rows_are_the_test_split(weights: str, expected: str):
    split = OrderSplit.find([block("abcd"), block("efghij")], Split.parse(weights))
    assert "".join(map(str, split.deal(block("abcdefghij")).tolist())) == expected


def test_by_order_logs_that_count_for_levels_only_are_not_cut():
    first, second = block("abcd"), block("efghij", place=1)
    second = replace(second, rows=second.rows + 4)
    split = OrderSplit.find([first, second], Split.parse("4/1/1"), aside=1)
    assert split.deal(first).tolist() == [3, 3, 3, 3]
    assert split.deal(second).tolist() == [0, 0, 0, 0, 1, 2]


def test_by_order_every_split_that_has_a_weight_needs_a_row():
    with pytest.raises(InvalidInputError, match="of 3 lines none is left for valid"):
        OrderSplit.find([block("abc")], Split(70, 10, 20))


def test_shares_of_many_hours_are_near_the_weights():
    source = np.random.default_rng(5)
    hours = "".join(chr(97 + hour) for hour in source.integers(0, 26, 5000))
    split = TimeSplit.find([block(hours)], Split(70, 10, 20), "hour")
    counts = Counter(split.deal(block(hours)).tolist())
    # An hour is a 26th of the rows: half of one is the most that a cut is off.
    for place, share in ((0, 0.7), (1, 0.1), (2, 0.2)):
        assert counts[place] / 5000 == pytest.approx(share, abs=1 / 26)
    places = split.deal(block(hours)).tolist()
    latest = {
        chosen: max(hour for hour, place in zip(hours, places, strict=True) if place == chosen)
        for chosen in (0, 1)
    }
    assert latest[0] < split.valid_from <= latest[1] < split.test_from


def test_the_card_says_where_it_cuts():
    split = TimeSplit.find([block("abcd")], Split(2, 1, 1, seed=4), "hour")
    assert split.card(["log"]) == {
        "by": "time",
        "column": "hour",
        "valid_from": "c",
        "test_from": "d",
        "weights": "2/1/1",
        "seed": 4,
    }
    assert TimeSplit.find([block("ab")], Split(1, 1, 0), "hour").card([])["test_from"] is None


def test_by_file_every_row_goes_where_its_file_does():
    split = FileSplit((0, 0, 1, 2), seed=9)
    assert [split.deal(block("ab", place)).tolist() for place in range(4)] == [
        [0, 0],
        [0, 0],
        [1, 1],
        [2, 2],
    ]
    assert split.card(["a", "b", "c", "c"]) == {
        "by": "file",
        "train": ["a", "b"],
        "valid": ["c"],
        "test": ["c"],
        "seed": 9,
    }
    assert split.may_repeat(2, 3)
    assert not split.may_repeat(0, 2)
    assert not split.may_repeat(0, 1)
