import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import BundleError
from service.errors import NotReadyError, ScorerUnavailableError
from service.release import Release
from service.releases import Releases
from tests.unit.service.fakes import make_release
from tests.unit.service.specs import SPEC

Test = Callable[[Releases], Awaitable[None]]


def point(root: Path, version: str, previous: str | None = None) -> None:
    """Write the pointer as its one writer does: a new file takes the old one's place."""
    folder = root / "dynint"
    folder.mkdir(exist_ok=True)
    temporary = folder / ".new"
    temporary.write_text(json.dumps({"current": version, "previous": previous, "canary": None}))
    temporary.replace(folder / "current.json")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, for five seconds at most."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


def run(root: Path, load: Callable[[Path], Awaitable[Release]], test: Test) -> None:
    async def running() -> None:
        releases = Releases(root, "dynint", load, poll_s=0.01)
        releases.start()
        try:
            await test(releases)
        finally:
            await releases.stop()

    asyncio.run(running())


async def load_fake(folder: Path) -> Release:
    if int(folder.name) >= 100:
        raise BundleError(f"{folder}: broken")
    return make_release(folder.name)


def test_without_a_pointer_nothing_is_live_and_the_way_out_is_named(tmp_path: Path):
    async def test(releases: Releases) -> None:
        await until(lambda: "promote" in releases.problem)
        with pytest.raises(NotReadyError, match="dynint promote"):
            releases.take()
        point(tmp_path, "1")
        await until(lambda: releases.live is not None)
        assert releases.take().version == "1"
        assert releases.problem == ""

    run(tmp_path, load_fake, test)


def test_a_new_pointer_is_followed_and_who_took_the_old_release_keeps_it(tmp_path: Path):
    async def test(releases: Releases) -> None:
        await until(lambda: releases.live is not None)
        taken = releases.take()
        point(tmp_path, "2", "1")
        await until(lambda: releases.take().version == "2")
        assert taken.version == "1"

    point(tmp_path, "1")
    run(tmp_path, load_fake, test)


def test_a_version_of_the_same_bytes_is_another_version(tmp_path: Path):
    same = hashlib.sha256(b"{}").hexdigest()

    async def load(folder: Path) -> Release:
        return replace(make_release(folder.name), digest=same)

    async def test(releases: Releases) -> None:
        await until(lambda: releases.live is not None)
        point(tmp_path, "2", "1")
        await until(lambda: releases.take().version == "2")
        assert releases.problem == ""

    for version in ("1", "2"):
        bundle = tmp_path / "dynint" / version
        bundle.mkdir(parents=True)
        (bundle / "manifest.json").write_text("{}")
    point(tmp_path, "1")
    run(tmp_path, load, test)


def test_what_cannot_be_loaded_leaves_the_live_release_alone(tmp_path: Path):
    async def test(releases: Releases) -> None:
        outcomes: list[str] = []
        releases.on_attempt.append(outcomes.append)
        await until(lambda: releases.live is not None)
        point(tmp_path, "100", "1")
        await until(lambda: "log" in releases.problem)
        assert releases.take().version == "1"
        (tmp_path / "dynint" / "current.json").write_text("{")
        await until(lambda: len(outcomes) > 1)
        assert releases.take().version == "1"
        point(tmp_path, "2", "1")
        await until(lambda: releases.take().version == "2")
        assert outcomes[0] == "loaded"
        assert outcomes[1] == "failed"
        assert outcomes[-1] == "loaded"

    point(tmp_path, "1")
    run(tmp_path, load_fake, test)


def test_a_scorer_that_is_not_there_yet_is_asked_again(tmp_path: Path):
    attempts = []

    async def load(folder: Path) -> Release:
        attempts.append(folder.name)
        if len(attempts) == 1:
            raise ScorerUnavailableError("scorer: must be there; it is not")
        return make_release(folder.name)

    async def test(releases: Releases) -> None:
        outcomes: list[str] = []
        releases.on_attempt.append(outcomes.append)
        await until(lambda: "must be there" in releases.problem)
        await until(lambda: releases.live is not None)
        assert outcomes == ["waiting", "loaded"]

    point(tmp_path, "1")
    run(tmp_path, load, test)


def test_a_bug_in_loading_does_not_end_the_following(tmp_path: Path):
    attempts = []

    async def load(folder: Path) -> Release:
        attempts.append(folder.name)
        if len(attempts) == 1:
            raise ZeroDivisionError
        return make_release(folder.name)

    async def test(releases: Releases) -> None:
        await until(lambda: releases.live is not None)

    point(tmp_path, "1")
    run(tmp_path, load, test)


def test_fields_of_the_previous_release_are_known(tmp_path: Path):
    async def test(releases: Releases) -> None:
        await until(lambda: releases.live is not None)
        assert releases.known == {*SPEC.names, "older"}

    point(tmp_path, "2", "1")
    older = tmp_path / "dynint" / "1" / "feature_spec.json"
    older.parent.mkdir()
    older.write_text(SPEC.to_json().replace('"price"', '"older"'))
    run(tmp_path, load_fake, test)


def test_a_pointer_to_a_folder_elsewhere_is_refused(tmp_path: Path):
    async def test(releases: Releases) -> None:
        await until(lambda: "log" in releases.problem)
        assert releases.live is None

    point(tmp_path, "../../etc")
    run(tmp_path, load_fake, test)


def test_a_release_is_warmed_before_it_is_live_and_the_old_one_is_taken_apart_after(tmp_path: Path):
    seen: list[tuple[str, str, str | None]] = []

    async def running() -> None:
        async def inherit(heir: Release, live: Release) -> None:
            current = releases.live
            seen.append((heir.version, live.version, current and current.version))

        releases = Releases(
            tmp_path, "dynint", load_fake, poll_s=0.01, inherit=inherit, drain_s=0.05
        )
        releases.start()
        try:
            await until(lambda: releases.live is not None)
            old = releases.take()
            await old.tiers.fill(1, ["ann"])
            point(tmp_path, "2", "1")
            await until(lambda: releases.take().version == "2")
            assert len(old.tiers.l1) == 1
            await until(lambda: len(old.tiers.l1) == 0)
        finally:
            await releases.stop()

    point(tmp_path, "1")
    asyncio.run(running())
    assert seen == [("2", "1", "1")]


def test_the_previous_release_stays_loaded_and_going_back_is_a_swap(tmp_path: Path):
    loads: list[str] = []

    async def load(folder: Path) -> Release:
        loads.append(folder.name)
        manifest = (folder / "manifest.json").read_bytes()
        return replace(make_release(folder.name), digest=hashlib.sha256(manifest).hexdigest())

    async def live(releases: Releases, version: str) -> Release:
        await until(lambda: releases.live is not None and releases.live.version == version)
        return releases.take()

    async def running() -> None:
        releases = Releases(tmp_path, "dynint", load, poll_s=0.01, keep_previous=True)
        for version in ("1", "2", "3"):
            (tmp_path / "dynint" / version).mkdir(parents=True)
            (tmp_path / "dynint" / version / "manifest.json").write_text("{}")
        point(tmp_path, "1")
        releases.start()
        try:
            first = await live(releases, "1")
            point(tmp_path, "2", "1")
            second = await live(releases, "2")
            point(tmp_path, "1", "2")
            assert await live(releases, "1") is first
            point(tmp_path, "2", "1")
            assert await live(releases, "2") is second
            point(tmp_path, "3", "2")
            third = await live(releases, "3")
            point(tmp_path, "1", "3")  # it is kept no more
            assert await live(releases, "1") is not first
            # The same number with other bytes is another version.
            (tmp_path / "dynint" / "3" / "manifest.json").write_text("[]")
            point(tmp_path, "3", "1")
            assert await live(releases, "3") is not third
        finally:
            await releases.stop()

    asyncio.run(running())
    assert loads == ["1", "2", "3", "1", "3"]


def test_what_this_user_may_not_read_is_told_from_what_is_broken(tmp_path: Path):
    async def load(folder: Path) -> Release:
        try:
            raise PermissionError(13, "Permission denied", str(folder))
        except OSError as error:
            raise BundleError(f"{folder}: cannot be read") from error

    async def test(releases: Releases) -> None:
        await until(lambda: "the gateway's user may not read it: let it" in releases.problem)
        assert str(tmp_path) not in releases.problem

    point(tmp_path, "1")
    run(tmp_path, load, test)
