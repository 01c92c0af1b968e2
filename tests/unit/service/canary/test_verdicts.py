"""What becomes of a verdict: with a lock that is held, and where nothing can be written."""

from pathlib import Path

from structlog.testing import capture_logs

from model.bundle import Canary, Pointer, model_lock, read_evidence, read_pointer
from service.routes.models import describe
from tests.unit.service.canary.world import ALLOWED, SCORES, World, run


def test_a_verdict_is_written_and_the_canary_dropped(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial(share=0.5)
        world.fail_it()
        await world.until(lambda: read_pointer(world.folder) == Pointer("7", "6"))
        await world.until(lambda: world.keeper.last is None)
        assert world.releases.trial is None
        assert world.value("dynint_canary_verdicts_total", reason="errors") == 1
        evidence = read_evidence(world.folder, "8") or {}
        assert evidence["thresholds"] == ALLOWED.to_json()
        assert evidence["figures"]["failures"] == {"late": 2}
        assert (evidence["live"], evidence["share"], evidence["reason"]) == ("7", 0.5, "errors")
        await world.on_trial()  # a person may try it again
        assert world.keeper.state == "trial"

    run(tmp_path, test)


def test_slowness_and_shifted_scores_are_found_by_the_watch(tmp_path: Path):
    async def test(world: World) -> None:
        for seconds, scores, verdict in (
            (0.5, SCORES, "latency"),
            (0.01, SCORES / 4, "scores"),
        ):
            await world.on_trial()
            trial = world.keeper.trial
            assert trial is not None
            for _ in range(10):
                trial.live_answered(0.01, SCORES)
                trial.answered(seconds, scores)
            await world.until(lambda: read_pointer(world.folder) == Pointer("7", "6"))
            assert (read_evidence(world.folder, "8") or {})["reason"] == verdict
            await world.until(lambda: world.keeper.last is None)

    run(tmp_path, test)


def test_a_held_lock_is_tried_again_and_nothing_waits_for_it(tmp_path: Path):
    async def test(world: World) -> None:
        await world.on_trial()
        with capture_logs() as lines, model_lock(world.folder):
            world.fail_it()
            await world.until(lambda: world.keeper.state == "stopped")
            await world.until(
                lambda: any(each["event"] == "canary_end_not_written" for each in lines)
            )
            assert read_pointer(world.folder) == Pointer("7", "6", Canary("8", 1.0))
            assert world.releases.trial is None
        await world.until(lambda: read_pointer(world.folder) == Pointer("7", "6"))

    run(tmp_path, test)


def test_where_nothing_can_be_written_the_decision_holds_until_another_canary(tmp_path: Path):
    async def test(world: World) -> None:
        (world.folder / ".lock").mkdir()  # which no process can lock, root neither
        await world.on_trial()
        on_trial = describe(world.keeper)
        assert on_trial is not None
        assert (on_trial.verdict, on_trial.thresholds, on_trial.figures) == (None, None, None)
        with capture_logs() as lines:
            world.fail_it()
            await world.until(lambda: any("keeps to its decision" in str(each) for each in lines))
        await world.until(lambda: world.keeper.state == "stopped")
        # Who can write it down finds it here, as the log has it.
        (stopped,) = (each for each in lines if each["event"] == "canary_stopped")
        shown = describe(world.keeper)
        assert shown is not None
        assert shown.verdict == stopped["reason"] == "errors"
        assert shown.thresholds == stopped["thresholds"] == ALLOWED.to_json()
        assert shown.figures == stopped["figures"]
        assert stopped["figures"]["failures"] == {"late": 2}
        write = Pointer("7", "6", Canary("8", 0.75))
        world.point(write)  # as somebody does who does not know
        await world.until(lambda: world.keeper.wanted and world.keeper.wanted.share == 0.75)
        assert world.releases.trial is None
        assert world.keeper.state == "stopped"
        assert read_pointer(world.folder) == write
        await world.on_trial("9")
        assert world.keeper.state == "trial"

    run(tmp_path, test)


def test_a_stopped_canary_that_is_promoted_all_the_same_goes_live(tmp_path: Path):
    async def test(world: World) -> None:
        (world.folder / ".lock").mkdir()
        await world.on_trial()
        world.fail_it()
        await world.until(lambda: world.keeper.state == "stopped")
        world.point(Pointer("8", "7"))
        await world.until(lambda: world.releases.take().version == "8")
        assert world.loads["live", "8"] == 0

    run(tmp_path, test)
