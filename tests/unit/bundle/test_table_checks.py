import numpy as np
import pytest

from model.bundle.table_checks import (
    BLOCK_BYTES,
    check_ascending,
    check_finite,
    check_names_each_row,
)
from model.errors import BundleError

MARKS = BLOCK_BYTES // 8
"""Fingerprints of one block."""


@pytest.mark.parametrize("place", [0, MARKS - 2, MARKS - 1, MARKS, MARKS + 5])
def test_a_pair_out_of_order_is_found_inside_of_blocks_and_between_them(place: int):
    marks = np.arange(MARKS + 10, dtype=np.uint64)
    check_ascending("fingerprints", marks)
    marks[place + 1] = marks[place]
    with pytest.raises(BundleError, match=rf"after place {place}$"):
        check_ascending("fingerprints", marks)


@pytest.mark.parametrize("wrong", [7, -2, 2**31 - 1])
def test_a_row_that_is_named_twice_in_two_blocks_or_is_not_there_is_found(wrong: int):
    rows = BLOCK_BYTES // 4 + 10
    index = np.arange(rows, dtype=np.int32)[::-1].copy()
    check_names_each_row("index", index, rows)
    index[3] = wrong
    with pytest.raises(BundleError, match="must name each of the"):
        check_names_each_row("index", index, rows)


def test_an_index_that_names_too_few_or_too_many_rows_is_refused():
    for index in ([0, -1], [0, 1, 2], [0, 1, 1]):
        with pytest.raises(BundleError, match="must name each of the 2 rows"):
            check_names_each_row("index", np.array(index, np.int32), 2)


def test_a_number_that_is_not_finite_is_found_in_a_later_block():
    rows = np.zeros((BLOCK_BYTES // 16 + 3, 4), np.float32)
    check_finite("rows", rows)
    rows[-2, 3] = np.nan
    with pytest.raises(BundleError, match=f"row {len(rows) - 2} is not"):
        check_finite("rows", rows)
