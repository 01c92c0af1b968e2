import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.train.batch import PARTS, Batch

IDS = arrays(
    np.int32,
    st.tuples(st.integers(1, 20), st.integers(1, 5)),
    elements=st.integers(0, 2**31 - 1) | st.integers(0, 5),
)


def test_a_small_batch_by_hand():
    batch = Batch.of(np.array([[7, 3], [7, 9]], np.int32), np.zeros(2, np.float32))
    assert batch.distinct.tolist() == [3, 7, 9]
    assert batch.places.tolist() == [1, 0, 1, 2]
    assert batch.order.tolist() == [1, 0, 2, 3]
    assert batch.segments.tolist() == [0, 1, 1, 2]


@given(IDS)
@settings(deadline=None)
def test_distinct_ids_and_places_give_the_ids_back(ids):
    batch = Batch.of(ids, np.zeros(len(ids), np.float32))
    assert (np.diff(batch.distinct.astype(np.int64)) > 0).all()
    np.testing.assert_array_equal(batch.distinct[batch.places], ids.ravel())


@given(IDS)
@settings(deadline=None)
def test_order_sorts_the_places_and_keeps_positions_in_order(ids):
    batch = Batch.of(ids, np.zeros(len(ids), np.float32))
    np.testing.assert_array_equal(batch.order, np.argsort(ids.ravel(), kind="stable"))
    np.testing.assert_array_equal(batch.segments, batch.places[batch.order])


@given(IDS)
@settings(deadline=None)
def test_parts_cover_every_occurrence_and_share_no_row(ids):
    batch = Batch.of(ids, np.zeros(len(ids), np.float32))
    ends, rows = batch.bounds.astype(int)
    assert (ends[0], ends[-1]) == (0, ids.size)
    assert (rows[0], rows[-1]) == (0, len(batch.distinct))
    for start, end, first, after in zip(ends[:-1], ends[1:], rows[:-1], rows[1:], strict=True):
        assert list(dict.fromkeys(batch.segments[start:end])) == list(range(first, after))


def test_parts_are_of_about_one_size_where_rows_occur_alike_often():
    ids = np.arange(8000, dtype=np.int32).reshape(-1, 2) % 500
    ends = Batch.of(ids, np.zeros(len(ids), np.float32)).bounds[0]
    assert abs(np.diff(ends) - ids.size / PARTS).max() < 2 * 16


def test_every_array_is_int32_as_the_graph_wants_it():
    batch = Batch.of(np.array([[1]], np.int32), np.zeros(1, np.float32))
    for array in (batch.distinct, batch.places, batch.order, batch.segments, batch.bounds):
        assert array.dtype == np.int32
