from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bundle import PRESENT, PRUNED, UNSEEN, EmbeddingTable
from model.errors import BundleError, InvalidInputError
from tests.unit.bundle.small_bundle import TABLE


def test_tells_present_pruned_and_unseen_apart():
    marks = np.array([2**63 + 30, 20, 11, 10, 2**64 - 1], np.uint64)
    rows, states = TABLE.lookup(marks, np.array([0, 1, 1, 1, 0]))
    np.testing.assert_array_equal(rows, [[1, 2], [0, 0], [7, 8], [3, 4], [5, 6]])
    assert states.tolist() == [PRESENT, PRUNED, UNSEEN, PRESENT, UNSEEN]
    assert (rows.dtype, states.dtype) == (np.float32, np.uint8)


def test_finds_nothing_in_an_empty_table_but_oov_rows():
    empty = EmbeddingTable(
        np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros((0, 2), np.float32), TABLE.oov
    )
    rows, states = empty.lookup(np.array([10], np.uint64), np.array([1]))
    assert rows.tolist() == [[7, 8]]
    assert states.tolist() == [UNSEEN]


def test_looks_up_no_levels():
    rows, states = TABLE.lookup(np.zeros(0, np.uint64), np.zeros(0, int))
    assert rows.shape == (0, 2)
    assert states.shape == (0,)


def test_the_rows_it_returns_may_be_written_without_changing_the_table():
    rows, _ = TABLE.lookup(np.array([10], np.uint64), np.array([0]))
    rows[:] = 0
    assert TABLE.rows[1].tolist() == [3, 4]


def test_refuses_signed_fingerprints():
    with pytest.raises(InvalidInputError, match="must be uint64"):
        TABLE.lookup(np.array([10]), np.array([0]))


@given(st.data())
def test_agrees_with_a_dict(data: st.DataObject):
    marks = sorted(data.draw(st.sets(st.integers(0, 2**64 - 1), max_size=30)))
    kept = data.draw(st.lists(st.booleans(), min_size=len(marks), max_size=len(marks)))
    index = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    rows = np.arange(sum(kept), dtype=np.float32)[:, None] + 1
    oov = np.array([[-1], [-2]], np.float32)
    table = EmbeddingTable(np.array(marks, np.uint64), index, rows, oov)
    table.check()
    known = dict(zip(marks, index.tolist(), strict=True))
    wanted = data.draw(
        st.lists(st.integers(0, 2**64 - 1) | st.sampled_from(marks or [0]), max_size=40)
    )
    fields = [place % 2 for place in range(len(wanted))]
    found, _ = table.lookup(np.array(wanted, np.uint64), np.array(fields, int))
    expected = [
        oov[field, 0] if mark not in known else 0 if known[mark] < 0 else rows[known[mark], 0]
        for mark, field in zip(wanted, fields, strict=True)
    ]
    assert found[:, 0].tolist() == expected


def test_is_mapped_from_disk_as_it_was_saved(tmp_path: Path):
    TABLE.save(tmp_path)
    opened = EmbeddingTable.open(tmp_path)
    for name in ("fingerprints", "index", "rows", "oov"):
        np.testing.assert_array_equal(getattr(opened, name), getattr(TABLE, name))
        assert not getattr(opened, name).flags.writeable
    assert (opened.fields, opened.width) == (2, 2)


def test_an_empty_table_can_be_saved_and_mapped(tmp_path: Path):
    EmbeddingTable(
        np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros((0, 2), np.float32), TABLE.oov
    ).save(tmp_path)
    assert EmbeddingTable.open(tmp_path).rows.shape == (0, 2)


def test_refuses_a_pickle(tmp_path: Path):
    TABLE.save(tmp_path)
    np.save(tmp_path / "oov.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(BundleError, match=r"oov\.npy"):
        EmbeddingTable.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "place", "value", "reason"),
    [
        ("fingerprints", 1, 10, "must ascend strictly"),
        ("index", 0, 2, "must name each of the 2 rows once"),
        ("index", 1, 0, "must name each of the 2 rows once"),
        ("rows", (1, 0), np.nan, "rows.npy: must be finite; row 1"),
        ("oov", (0, 1), np.inf, "oov.npy: must be finite; row 0"),
    ],
)
def test_check_finds_what_digests_cannot(name, place, value, reason):
    arrays = {key: getattr(TABLE, key).copy() for key in ("fingerprints", "index", "rows", "oov")}
    arrays[name][place] = value
    with pytest.raises(BundleError, match=reason):
        EmbeddingTable(**arrays).check()


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("fingerprints", np.zeros(3, np.int64)),
        ("index", np.zeros(2, np.int32)),
        ("rows", np.zeros((2, 3), np.float32)),
        ("oov", np.zeros(2, np.float32)),
    ],
)
def test_refuses_arrays_that_do_not_fit(name, array):
    arrays = {key: getattr(TABLE, key) for key in ("fingerprints", "index", "rows", "oov")}
    with pytest.raises(InvalidInputError):
        EmbeddingTable(**(arrays | {name: array}))
