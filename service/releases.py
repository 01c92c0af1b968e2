"""Which release is live: follows ``current.json``."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

import structlog

from model.bundle import Pointer, bundle_folder, model_folder, read_pointer
from model.errors import DynIntError
from model.features import FeatureSpec
from model.os_errors import is_forbidden
from service.canary.keeper import CanaryKeeper
from service.canary.trial import Trial
from service.departures import Departures
from service.errors import NotReadyError, ScorerUnavailableError
from service.identity import identity
from service.release import Release

_log = structlog.get_logger()
_RETRY_S = 1.0
_FORBIDDEN = "the gateway's user may not read it: let it. The log says which file"
_News = TypeVar("_News")

Signature = tuple[int, int, int] | None


class Releases:
    """Loads what ``current.json`` names beside what is live, then swaps them.

    A version that cannot be loaded is tried again every second; the live one goes on meanwhile. A
    release that is no longer live lives as long as the requests that have taken it, and the one
    that the pointer calls the previous stays as it is, if asked for: going back is a swap then.

    Args:
        root: release root.
        model: name of the model.
        load: makes a release of a bundle's folder.
        poll_s: how often the pointer is looked at, in seconds.
        inherit: warms a loaded release with what the live one knows, before they are swapped.
        drain_s: how long a request may go on with the release it has taken, in seconds.
        canaries: keeps the canary, if canaries are looked at.
        keep_previous: whether the previous release stays loaded, if it was live here.

    Attributes:
        on_live: called with each release that becomes live.
        on_attempt: called with the outcome of each attempt to load: ``loaded``, ``failed``, or
            ``waiting``: no model server has it yet, or one that has it cannot be reached.
        on_problem: called with each new ``problem``.
        known: fields of every release that a caller may be writing for: the live one, the
            previous and the canary.
        pointer: what ``current.json`` said last.
        problem: what stands in the way of the pointer's version; empty if it is live.
    """

    def __init__(
        self,
        root: Path,
        model: str,
        load: Callable[[Path], Awaitable[Release]],
        poll_s: float,
        inherit: Callable[[Release, Release], Awaitable[object]] | None = None,
        drain_s: float = 1.0,
        canaries: CanaryKeeper | None = None,
        keep_previous: bool = False,
    ) -> None:
        self._root = root
        self._model = model
        self._load = load
        self._poll_s = poll_s
        self._inherit = inherit
        self._departures = Departures(drain_s)
        self._canaries = canaries
        self._keep_previous = keep_previous
        self._kept: Release | None = None
        self.on_live: list[Callable[[Release], None]] = []
        self.on_attempt: list[Callable[[str], None]] = []
        self.on_problem: list[Callable[[str], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._live: Release | None = None
        self.known: frozenset[str] = frozenset()
        self.pointer: Pointer | None = None
        self.problem = "the first one is being loaded"

    @property
    def live(self) -> Release | None:
        """The release that answers, if any."""
        return self._live

    def take(self) -> Release:
        """Return the live release, for one request from its admission to its answer.

        Raises:
            NotReadyError: if none is loaded, with what to do.
        """
        if self._live is None:
            raise NotReadyError(f"release: one must be live; {self.problem}")
        return self._live

    @property
    def trial(self) -> Trial | None:
        """The canary's trial, if some requests are the canary's."""
        return None if self._canaries is None else self._canaries.trial

    def start(self) -> None:
        """Start to follow the pointer."""
        self._task = asyncio.create_task(self._follow())
        if self._canaries is not None:
            self._canaries.start()

    async def stop(self) -> None:
        """Stop following it; what is live stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._departures.close()
        if self._canaries is not None:
            await self._canaries.stop()

    async def _follow(self) -> None:
        seen: Signature | str = "nothing yet"
        retry_at_s = 0.0
        while True:
            signature = await asyncio.to_thread(self._signature)
            if signature != seen or (self.problem and monotonic() >= retry_at_s):
                seen = signature
                await self._look()
                retry_at_s = monotonic() + _RETRY_S
            await asyncio.sleep(self._poll_s)

    def _signature(self) -> Signature:
        """Tell one state of the pointer's file from another, without reading it."""
        try:
            status = (self._root / self._model / "current.json").stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    async def _look(self) -> None:
        """Read the pointer and make its version live, or leave what is."""
        failing = "the model's folder cannot be used"
        try:
            folder = model_folder(self._root, self._model)
            failing = "current.json cannot be read"
            pointer = await asyncio.to_thread(read_pointer, folder)
            failing = "the version cannot be loaded"
            self._follow_canary(pointer, begin=False)  # what it ends ends at once, come what may
            problem = await self._obey(pointer, folder)
            self._follow_canary(pointer)
        except ScorerUnavailableError as error:
            problem = str(error)
        except (DynIntError, OSError) as error:
            _log.error("release_refused", error=type(error).__name__, text=str(error))
            why = _FORBIDDEN if is_forbidden(error) else "the log says why"
            problem = f"{failing}; {why}"
        except Exception as error:
            _log.error("release_failed", error=type(error).__name__, exc_info=error)
            problem = f"{failing}; the log says why"
        if problem and problem != self.problem:
            _log.warning("release_not_live", problem=problem)
            _tell(self.on_problem, problem)
        self.problem = problem

    async def _obey(self, pointer: Pointer | None, folder: Path) -> str:
        """Do what the pointer says; returns what is in the way."""
        if pointer is None:
            there = await asyncio.to_thread(folder.is_dir)
            why = "" if there else f": the release root has no folder {self._model!r}"
            return (
                f"no version was promoted yet{why}. On the release root, run: "
                f"dynint promote --root ROOT --name {self._model} VERSION"
            )
        self.pointer = pointer
        bundle = bundle_folder(self._root, self._model, pointer.current)
        live = self._live
        digest = await asyncio.to_thread(identity, bundle)
        if live is None or (live.version, live.digest) != (bundle.name, digest):
            live = (
                self._tried(bundle.name, digest)
                or await self._kept_one(bundle.name, digest)
                or await self._loaded(bundle)
            )
        canary = None if pointer.canary is None else pointer.canary.version
        known = frozenset(live.spec.names)
        for other in (pointer.previous, canary):
            if other is not None:
                known |= await asyncio.to_thread(_fields, folder, other)
        old = self._live
        if live is not old or known != self.known:
            await asyncio.to_thread(live.typed.prepare, known)
        if live not in {old, self._kept} and old is not None and self._inherit is not None:
            await self._inherit(live, old)  # one that was kept has its own, and is wanted now
        self._live, self.known = live, known
        self._keep(pointer.previous, {old, self._kept} - {live, None})
        if live is not old:
            _log.info("release_live", version=live.version, digest=live.digest)
            _tell(self.on_live, live)
        return ""

    def _follow_canary(self, pointer: Pointer | None, begin: bool = True) -> None:
        if self._canaries is not None and pointer is not None:
            self._canaries.follow(pointer, self._live, self.known, begin)

    def _tried(self, version: str, digest: str) -> Release | None:
        """Return a release that is loaded already, as a canary."""
        return None if self._canaries is None else self._canaries.loaded(version, digest)

    async def _kept_one(self, version: str, digest: str) -> Release | None:
        """Return the release that was kept, if it is this one and its scorer still has it."""
        kept = self._kept
        if kept is None or (kept.version, kept.digest) != (version, digest):
            return None
        return kept if await kept.scorer.is_still_available() else None

    def _keep(self, previous: str | None, others: set[Release | None]) -> None:
        """Of the releases that are not live, keep the previous one and dismiss the others."""
        self._kept = None
        for release in others:
            if release is None:
                continue
            if self._keep_previous and release.version == previous and self._kept is None:
                self._kept = release
                continue
            self._departures.add(release)

    async def _loaded(self, bundle: Path) -> Release:
        _log.info("release_loading", version=bundle.name)
        try:
            release = await self._load(bundle)
        except ScorerUnavailableError:
            _tell(self.on_attempt, "waiting")
            raise
        except Exception:
            _tell(self.on_attempt, "failed")
            raise
        _tell(self.on_attempt, "loaded")
        return release


def _tell(listeners: list[Callable[[_News], None]], news: _News) -> None:
    for listener in listeners:
        listener(news)


def _fields(folder: Path, version: str) -> frozenset[str]:
    """Return the fields of a bundle that need not be loaded; none if it cannot be read."""
    try:
        bundle = bundle_folder(folder.parent, folder.name, version)
        return frozenset(FeatureSpec.load(bundle / "feature_spec.json").names)
    except (DynIntError, OSError) as error:
        _log.warning("fields_unreadable", version=version, text=str(error))
        return frozenset()
