import numpy as np
import pytest

from model.errors import CheckFailedError
from training.train.checkpoints import Checkpoints
from training.train.learner import not_finite
from training.train.train_state import TrainState

ARRAYS = {
    "dense": {"layer/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)},
    "optimizer": {"layer/kernel/z": np.ones(3, np.float32)},
    "table": {"state": np.eye(4, dtype=np.float32), "count": np.int64(7)},
    "average": {},
}


def state(step, best=None):
    return TrainState(step=step, best=best and {"step": best, "auc": 0.1 + 0.2, "log_loss": 0.5})


def test_a_checkpoint_gives_back_what_was_put_in_to_the_last_bit(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    before = state(12, best=8)
    before.add(1 / 3, 10, 5)
    checkpoints.save(ARRAYS, before)
    arrays, after = checkpoints.load(13)
    assert after == before
    for part, named in ARRAYS.items():
        for name, array in named.items():
            np.testing.assert_array_equal(arrays[part][name], array, strict=True)


def test_the_newest_two_and_the_best_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for step, best in ((5, None), (10, 10), (15, 10), (20, 10), (25, 10)):
        checkpoints.save(ARRAYS, state(step, best))
    assert checkpoints.steps() == [10, 20, 25]


def test_a_damaged_checkpoint_is_refused(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    folder = checkpoints.save(ARRAYS, state(5))
    content = bytearray((folder / "table.npz").read_bytes())
    content[content.index(np.float32(1).tobytes())] ^= 1
    (folder / "table.npz").write_bytes(content)
    with pytest.raises(CheckFailedError, match="must be whole; received BadZipFile"):
        checkpoints.load(5)


def test_a_half_written_checkpoint_is_no_checkpoint_and_is_cleaned_up(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    (tmp_path / ".step-000000009.abc").mkdir(parents=True)
    assert checkpoints.steps() == []
    checkpoints.clean()
    assert list(tmp_path.iterdir()) == []


def test_arrays_with_nan_or_infinity_are_named():
    arrays = {"table": {"state": np.zeros((3, 4)), "count": np.int64(1)}}
    assert list(not_finite(arrays)) == []
    arrays["table"]["state"][2, 3] = np.inf
    assert list(not_finite(arrays)) == ["table/state"]


def test_a_folder_of_another_name_is_no_checkpoint_and_is_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    others = ["step-000000040.bak", "step-40", "step-", "step-0000000040", ".step-mine.bak"]
    for name in others:
        (tmp_path / name).mkdir()
    for step in (40, 50, 60):
        checkpoints.save(ARRAYS, state(step))
    checkpoints.clean()
    assert checkpoints.steps() == [50, 60]
    assert set(others) <= {folder.name for folder in tmp_path.iterdir()}


def test_a_checkpoint_set_aside_by_a_killed_process_comes_back(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    folder = checkpoints.save(ARRAYS, state(5))
    folder.rename(tmp_path / ".step-000000005.ab12cd34.old")
    checkpoints.clean()
    assert checkpoints.steps() == [5]
    assert checkpoints.load(5)[1] == state(5)
