import numpy as np
import pytest

from model.errors import InvalidInputError
from tests.model.training.prepared import write_prepared
from training.train.epoch import Epoch
from training.train.prepared_data import PreparedData

BATCH = 64


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "prepared"
    return PreparedData.open(write_prepared(folder, truth=True))


def epoch(data, shuffle_rows=1100, seed=1, number=0):
    return Epoch(data.split("train"), BATCH, shuffle_rows, seed, number)


def keys(blocks):
    """Turn rows into sortable keys."""
    return [(*row, label) for b in blocks for row, label in zip(b.ids, b.labels, strict=True)]


def test_an_epoch_holds_every_row_once(data):
    split = data.split("train")
    assert sorted(keys(epoch(data).blocks())) == sorted(keys(split.blocks()))


@pytest.mark.parametrize("shuffle_rows", [1, 700, 1100, 10_000])
def test_only_the_last_batch_may_be_short(data, shuffle_rows):
    sizes = [len(block) for block in epoch(data, shuffle_rows).blocks()]
    assert sizes == [64] * 46 + [56]


@pytest.mark.parametrize("start", [0, 1, 7, 17, 18, 30, 46])
def test_an_epoch_entered_at_a_batch_goes_on_as_if_it_had_not_stopped(data, start):
    whole = list(epoch(data).blocks())
    rest = list(epoch(data).blocks(start))
    assert keys(rest) == keys(whole[start:])


def test_the_same_seed_gives_the_same_order_and_others_give_others(data):
    first = keys(epoch(data).blocks())
    assert keys(epoch(data).blocks()) == first
    assert keys(epoch(data, seed=2).blocks()) != first
    assert keys(epoch(data, number=1).blocks()) != first


def test_a_buffer_holds_no_more_rows_than_it_may(data):
    buffers = epoch(data, shuffle_rows=1100).buffers()
    sizes = [sum(group.rows for group in buffer) for buffer in buffers]
    assert max(sizes) <= 1100
    assert sum(sizes) == 3000


def test_rows_of_different_groups_mix_within_a_buffer(data):
    first = next(epoch(data, shuffle_rows=10_000).blocks())
    in_order = next(data.split("train").blocks())
    inside = set(keys([in_order]))
    share = np.mean([key in inside for key in keys([first])])
    assert 0.02 < share < 0.6


def test_ids_labels_and_truth_come_as_they_were_written(data):
    split = data.split("valid")
    block = split.read(split.groups)
    assert block.ids.dtype == np.int32
    assert block.ids.shape == (800, 4)
    assert set(np.unique(block.labels)) == {0.0, 1.0}
    assert block.truth is not None
    assert ((block.truth > 0) & (block.truth < 1)).all()
    np.testing.assert_array_equal(block.labels, split.labels())


def test_a_folder_that_prepare_did_not_write_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match="must be a folder written by 'dynint prepare'"):
        PreparedData.open(tmp_path)


def test_an_unknown_split_is_named(data):
    with pytest.raises(InvalidInputError, match=r"split: must be one of .*received 'dev'"):
        data.split("dev")


def test_a_split_without_rows_is_named(tmp_path):
    folder = write_prepared(tmp_path / "data", {"train": 10})
    with pytest.raises(InvalidInputError, match="valid must hold rows"):
        PreparedData.open(folder).split("valid")
