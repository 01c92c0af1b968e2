"""Whoever goes back while a night is at work has the last word."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.bundle import Pointer, end_canary, promote, rollback, start_canary
from model.bundle.publish import publish
from model.errors import CheckFailedError, InvalidInputError
from tests.unit.bundle.candidates import PASSED, proven, stage
from training.retrain.config import RetrainConfig
from training.retrain.plan import Live
from training.retrain.release_steps import require_unmoved
from training.retrain.work import bind


@pytest.fixture
def config(tmp_path: Path) -> RetrainConfig:
    """A root with versions 1 and 2, of which 1 is live."""
    for _ in range(2):
        publish(stage(tmp_path / "releases", PASSED), proven)
    promote(tmp_path / "releases" / "dynint", 1)
    release = {"root": str(tmp_path / "releases")}
    return RetrainConfig.parse({"work": str(tmp_path / "work"), "release": release})


LIVE = Live("1", "d", None)


def test_what_nobody_has_touched_goes_on(config: RetrainConfig):
    require_unmoved(config, LIVE)
    require_unmoved(config, LIVE, "2")
    require_unmoved(config, None)


def test_another_live_version_ends_the_night(config: RetrainConfig):
    promote(Path(config.release.root) / "dynint", 2)
    with pytest.raises(CheckFailedError, match="version 1 was live when this began, and 2 is now"):
        require_unmoved(config, LIVE)


def test_a_version_that_somebody_went_back_from_is_not_promoted_again(config: RetrainConfig):
    folder = Path(config.release.root) / "dynint"
    promote(folder, 2)
    assert rollback(folder) == Pointer("1", "2")
    with pytest.raises(CheckFailedError, match="version 2 was live, and somebody went back"):
        require_unmoved(config, LIVE, "2")


@pytest.mark.parametrize("reason", ["by_hand", "errors"])
def test_a_trial_that_was_ended_is_not_begun_again(config: RetrainConfig, reason: str):
    folder = Path(config.release.root) / "dynint"
    start_canary(folder, 2, 0.1)
    end_canary(folder, "2", reason)
    with pytest.raises(CheckFailedError, match=f"trial of version 2 was ended: {reason}"):
        require_unmoved(config, LIVE, "2")


def test_a_work_folder_is_one_models(config: RetrainConfig):
    config.work.mkdir()
    bind(config)
    bind(config)
    other = replace(config, release=replace(config.release, name="other"))
    with pytest.raises(InvalidInputError, match="must be this model's own"):
        bind(other)
