"""New data beside the live release's: what each check must stop."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.errors import InvalidInputError
from training.retrain.data_checks import check_data
from training.retrain.options import CheckOptions
from training.retrain.profile import Profile

FIELDS = np.repeat([0, 1, 0, 1], [1, 1, 6, 4])  # two out-of-vocabulary rows, then the levels
LIMITS = CheckOptions()


def profile(seed: int = 1, rows: int = 20_000, files: int = 1) -> Profile:
    source = np.random.default_rng(seed)
    counts = np.empty(len(FIELDS), np.int64)
    for field, shares in enumerate(
        ([0.05, 0.4, 0.2, 0.15, 0.1, 0.06, 0.04], [0.02, 0.5, 0.3, 0.1, 0.08])
    ):
        counts[field == FIELDS] = source.multinomial(rows, shares)
    return Profile(("C1", "C2"), FIELDS, counts, rows, rows // 5, files)


def failed(new: Profile) -> set[str]:
    return {check.name for check in check_data(new, profile(), LIMITS) if not check.passed}


def test_data_of_the_same_kind_pass():
    assert failed(profile(seed=2)) == set()


def test_half_a_day_is_refused():
    assert failed(profile(seed=2, rows=4_000)) == {"volume"}


def test_one_empty_file_of_several_is_refused():
    checks = check_data(profile(seed=2, rows=40_000, files=2), profile(), LIMITS, "b.txt", 40)
    volume = next(check for check in checks if check.name == "volume")
    assert not volume.passed
    assert "b.txt has 40 lines" in volume.reason


def test_several_days_are_counted_by_the_file():
    assert failed(profile(seed=2, rows=60_000, files=3)) == set()
    assert failed(profile(seed=2, rows=60_000)) == {"volume"}


@pytest.mark.parametrize("clicks", [0, 1_000, 12_000])
def test_another_positive_rate_is_refused(clicks: int):
    assert failed(replace(profile(seed=2), clicks=clicks)) == {"positive rate"}


def test_many_unseen_levels_are_refused():
    new = profile(seed=2)
    counts = new.counts.copy()
    moved = counts[2:8] * 3 // 4
    counts[2:8] -= moved
    counts[0] += moved.sum()
    checks = check_data(replace(new, counts=counts), profile(), LIMITS)
    names = {check.name for check in checks if not check.passed}
    assert names == {"unseen levels", "drift"}
    reason = next(check.reason for check in checks if check.name == "unseen levels")
    assert "of field 'C1'" in reason


def test_a_field_whose_levels_have_moved_is_refused_and_named():
    new = profile(seed=2)
    counts = new.counts.copy()
    counts[[8, 11]] = counts[[11, 8]]
    checks = check_data(replace(new, counts=counts), profile(), LIMITS)
    drift = next(check for check in checks if check.name == "drift")
    assert not drift.passed
    assert "field 'C2'" in drift.reason
    assert drift.measured["fields"]["C1"] < 0.01


def test_a_profile_is_written_and_read(tmp_path: Path):
    profile().save(tmp_path / "profile.npz")
    read = Profile.load(tmp_path / "profile.npz")
    assert (read.names, read.rows, read.clicks, read.files) == (("C1", "C2"), 20_000, 4_000, 1)
    assert np.array_equal(read.counts, profile().counts)
    (tmp_path / "profile.npz").write_bytes(b"PK")
    with pytest.raises(InvalidInputError, match="must be a profile"):
        Profile.load(tmp_path / "profile.npz")
