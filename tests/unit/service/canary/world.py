"""A release root of made-up versions: fakes of releases, real pointers, locks and records."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry

from model.bundle import Canary, Pointer, write_pointer
from service.canary.keeper import CanaryKeeper
from service.canary.metrics import CanaryMetrics
from service.canary.thresholds import Thresholds
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
