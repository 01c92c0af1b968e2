"""A canary beside the live release: loaded, followed, promoted, dropped."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from model.bundle import Canary, Pointer
from model.errors import BundleError
from service.errors import ScorerUnavailableError
from tests.unit.service.canary.world import World, run


def test_a_canary_is_loaded_beside_the_live_release_and_dropped_when_it_is_removed(tmp_path: Path):
    async def test(world: World) -> None:
        assert world.releases.trial is None
        await world.on_trial(share=0.25)
        trial = world.releases.trial
        assert trial is not None
        assert (trial.share, world.releases.take().version) == (0.25, "7")
        assert {"price", "price8"} <= world.releases.known
        assert world.value("dynint_canary_state", model_version="8", state="trial") == 1
        assert world.value("dynint_canary_share") == 0.25
        await trial.release.tiers.fill(1, ["ann"])
        world.point(Pointer("7", "6"))
        await world.until(lambda: world.releases.trial is None)
        await world.until(lambda: len(trial.release.tiers.l1) == 0)  # as an old release is dropped
        assert world.keeper.state is None
        assert world.loads == {("live", "7"): 1, ("canary", "8"): 1}

    run(tmp_path, test)


def test_a_share_is_changed_without_a_new_trial(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial(share=0.25)
        trial = world.keeper.trial
        await world.on_trial(share=0.5)
        await world.until(lambda: trial and trial.share == 0.5)
        assert world.keeper.trial is trial
        assert world.loads["canary", "8"] == 1

    run(tmp_path, test)


def test_a_promoted_canary_goes_live_without_being_loaded_again(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial()
        tried = world.keeper.last
        assert tried is not None
        await tried.release.tiers.fill(1, ["ann"])
        world.point(Pointer("8", "7"))
        await world.until(lambda: world.releases.take().version == "8")
        live = world.releases.take()
        assert live.tiers is tried.release.tiers
        await world.until(lambda: world.keeper.last is None)
        await asyncio.sleep(0.2)  # longer than releases are drained
        assert len(live.tiers.l1) == 1
        assert world.loads == {("live", "7"): 1, ("canary", "8"): 1}
        assert world.keeper.trial is None

    run(tmp_path, test)


def test_requests_go_on_with_a_promoted_canary_until_it_is_live(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial()
        trial, live = world.keeper.trial, world.releases.live
        world.keeper.follow(Pointer("8", "7"), live, frozenset())
        assert world.keeper.trial is trial
        world.keeper.follow(Pointer("9", "7"), live, frozenset())
        assert world.keeper.trial is None

    run(tmp_path, test)


def test_a_canary_begins_when_its_fields_are_known_and_not_before(tmp_path: Path):
    async def test(world: World) -> None:
        seen: list[bool] = []
        world.keeper.on_trial.append(lambda _: seen.append("price8" in world.releases.known))
        live, known = world.releases.live, world.releases.known
        world.keeper.follow(Pointer("7", "6", Canary("8", 0.5)), live, known, begin=False)
        assert world.keeper.wanted is None
        await world.on_trial()
        assert seen == [True]

    run(tmp_path, test)


def test_a_canary_that_is_promoted_while_it_is_loaded_is_not_waited_for(tmp_path: Path):
    async def test(world: World) -> None:
        world.gates["8"] = asyncio.Event()
        world.point(Pointer("7", "6", Canary("8", 0.5)))
        await world.until(lambda: world.loads["canary", "8"])
        del world.gates["8"]
        world.point(Pointer("8", "7"))
        await world.until(lambda: world.releases.take().version == "8")
        assert world.loads["live", "8"] == 1

    run(tmp_path, test)


def test_a_canary_that_loads_slowly_delays_no_promotion(tmp_path: Path):
    async def test(world: World) -> None:
        gate = world.gates["8"] = asyncio.Event()
        world.point(Pointer("7", "6", Canary("8", 0.5)))
        await world.until(lambda: world.loads["canary", "8"])
        assert world.keeper.state == "loading"
        world.point(Pointer("9", "7"))
        await world.until(lambda: world.releases.take().version == "9")
        gate.set()
        await asyncio.sleep(0.05)
        assert world.keeper.last is None  # nobody wants it any more

    run(tmp_path, test)


@pytest.mark.parametrize(
    "error", [BundleError("8: altered"), OSError(5, "I/O error"), ZeroDivisionError()]
)
def test_what_cannot_be_loaded_is_the_canarys_problem_alone(tmp_path: Path, error: Exception):
    async def test(world: World) -> None:
        world.broken["8"] = error
        with capture_logs() as lines:
            world.point(Pointer("7", "6", Canary("8", 0.5)))
            await world.until(lambda: world.keeper.state == "failed")
        assert [each["error"] for each in lines if each["event"] == "canary_not_loaded"] == [
            type(error).__name__
        ]
        assert world.releases.problem == ""
        assert world.releases.trial is None
        assert world.releases.take().version == "7"
        assert "log says why" in world.keeper.problem
        assert world.value("dynint_canary_loads_total", outcome="failed") == 1
        assert world.value("dynint_canary_state", model_version="8", state="failed") == 1
        world.point(Pointer("7", "6", Canary("9", 0.5)))  # another one is not held up by it
        await world.until(lambda: world.releases.trial)
        assert world.keeper.problem == ""

    run(tmp_path, test)


def test_a_canary_whose_scorer_is_not_there_yet_is_tried_again(tmp_path: Path):
    async def test(world: World) -> None:
        world.broken["8"] = ScorerUnavailableError("scorer: must serve version 8; not yet")
        world.point(Pointer("7", "6", Canary("8", 0.5)))
        await world.until(lambda: "not yet" in world.keeper.problem)
        world.broken.clear()
        await world.until(lambda: world.releases.trial)
        assert world.loads["canary", "8"] >= 2

    run(tmp_path, test)


def test_a_canary_whose_folder_is_a_symlink_leaves_the_live_release_alone(tmp_path: Path):
    async def test(world: World) -> None:
        (world.folder / "10").symlink_to(world.folder / "8")
        world.point(Pointer("7", "6", Canary("10", 0.5)))
        await world.until(lambda: world.keeper.state == "failed")
        assert world.releases.problem == ""
        world.point(Pointer("9", "7", Canary("10", 0.5)))
        await world.until(lambda: world.releases.take().version == "9")

    run(tmp_path, test)


def test_another_bundle_of_the_same_number_is_loaded_anew(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial()
        world.build("8", "rebuilt")
        world.point(Pointer("7", "6", Canary("8", 0.9)))
        await world.until(lambda: world.loads["canary", "8"] == 2 and world.releases.trial)

    run(tmp_path, test)


def test_the_live_version_is_no_canary(tmp_path: Path):
    async def test(world: World) -> None:
        world.point(Pointer("7", "6", Canary("7", 0.5)))
        await asyncio.sleep(0.1)
        assert world.keeper.wanted is None
        assert world.loads == {("live", "7"): 1}

    run(tmp_path, test)


def test_another_live_version_is_another_comparison(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial()
        trial = world.keeper.trial
        assert trial is not None
        trial.failed("late")
        world.point(Pointer("9", "7", Canary("8", 1.0)))
        await world.until(lambda: world.releases.take().version == "9")
        await world.until(lambda: world.keeper.trial not in {trial, None})
        assert world.keeper.last is not None
        assert world.keeper.last.judge.failures == 0
        assert world.loads["canary", "8"] == 1

    run(tmp_path, test)


def test_a_pointer_whose_live_version_cannot_be_loaded_ends_the_canary_at_once(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial()
        world.broken["9"] = BundleError("9: altered")
        world.point(Pointer("9", "7"))
        await world.until(lambda: world.releases.problem)
        assert world.releases.trial is None
        assert world.releases.take().version == "7"

    run(tmp_path, test)
