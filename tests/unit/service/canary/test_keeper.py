"""A canary beside the live release: fakes of releases, real pointers, locks and records."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from model.bundle import Canary, Pointer, model_lock, read_evidence, read_pointer, write_pointer
from model.errors import BundleError
from service.canary.keeper import CanaryKeeper
from service.canary.metrics import CanaryMetrics
from service.canary.thresholds import Thresholds
from service.errors import ScorerUnavailableError
from service.release import Release
from service.releases import Releases
from tests.unit.service.fakes import make_release
from tests.unit.service.specs import SPEC

ALLOWED = Thresholds(10, 0.1, 2.0, 10.0, 0.25)
SCORES = np.full(1, 0.5, np.float32)


class World:
    """A root of made-up versions, followed.

    Attributes:
        folder: the model's.
        loads: how often each version was loaded, and by whom.
        broken: what loading a version raises.
        gates: what loading a version waits for.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / "dynint"
        self.loads: Counter[tuple[str, str]] = Counter()
        self.broken: dict[str, Exception] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.registry = CollectorRegistry()
        for version in ("7", "8", "9"):
            (self.folder / version).mkdir(parents=True)
            self.build(version)
        self.point(Pointer("7", "6"))

        def load_for(whom: str) -> Callable[[Path], Awaitable[Release]]:
            async def load(folder: Path) -> Release:
                self.loads[whom, folder.name] += 1
                if folder.name in self.gates:
                    await self.gates[folder.name].wait()
                if folder.name in self.broken:
                    raise self.broken[folder.name]
                manifest = (folder / "manifest.json").read_bytes()
                return replace(
                    make_release(folder.name), digest=hashlib.sha256(manifest).hexdigest()
                )

            return load

        self.keeper = CanaryKeeper(
            self.folder,
            load_for("canary"),
            ALLOWED,
            CanaryMetrics(self.registry),
            poll_s=0.01,
            drain_s=0.05,
        )
        self.releases = Releases(
            root, "dynint", load_for("live"), 0.01, drain_s=0.05, canaries=self.keeper
        )

    def build(self, version: str, salt: str = "") -> None:
        """Make a version's bundle, or another one of its number."""
        (self.folder / version / "manifest.json").write_text(f"{version}{salt}")
        (self.folder / version / "feature_spec.json").write_text(
            SPEC.to_json().replace('"price"', f'"price{version}"')
        )

    def point(self, pointer: Pointer) -> None:
        write_pointer(self.folder, pointer)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.005)

    async def on_trial(self, version: str = "8", share: float = 1.0) -> None:
        self.point(Pointer("7", "6", Canary(version, share)))
        await self.until(lambda: self.keeper.trial and self.keeper.trial.release.version == version)

    def fail_it(self) -> None:
        """Have the canary fail until that is too often."""
        trial = self.keeper.trial
        assert trial is not None
        while trial.verdict is None:
            trial.failed("late")


def run(root: Path, test: Callable[[World], Awaitable[None]]) -> None:
    async def running() -> None:
        world = World(root)
        world.releases.start()
        try:
            await world.until(lambda: world.releases.live)
            await test(world)
        finally:
            await world.releases.stop()

    asyncio.run(running())


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
        with capture_logs() as lines:
            world.fail_it()
            await world.until(lambda: any("keeps to its decision" in str(each) for each in lines))
        await world.until(lambda: world.keeper.state == "stopped")
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
