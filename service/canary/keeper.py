"""Keeps the canary that ``current.json`` names: loads it, watches its trial, ends it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic

import structlog

from model.bundle import Canary, Pointer, bundle_folder
from model.errors import DynIntError
from service.canary.judge import Verdict
from service.canary.metrics import CanaryMetrics, State
from service.canary.thresholds import Thresholds
from service.canary.trial import Trial
from service.canary.verdict_writer import VerdictWriter
from service.departures import Departures
from service.errors import ScorerUnavailableError
from service.identity import identity
from service.release import Release

_log = structlog.get_logger()
_FIRST_RETRY_S = 1.0
_LAST_RETRY_S = 30.0


class CanaryKeeper:
    """Loads a canary's release beside the live one, in its own time, and ends a trial that goes wrong.

    Whatever becomes of the canary, the live release is not waited for, changed or dropped. A canary
    that cannot be loaded is tried again, less and less often, and everything goes to the live one.
    One that was stopped stays so in this gateway, whether that could be written or not, until the
    pointer does not name it any more.

    Args:
        model_dir: ``ROOT/<model-name>``.
        load: makes a release of a bundle's folder.
        thresholds: what a canary is allowed.
        metrics: shows and counts.
        poll_s: how often figures are compared, in seconds.
        inherit: warms a loaded release with what the live one knows, before it gets requests.
        drain_s: how long a request may go on with the release it has taken, in seconds.

    Attributes:
        on_trial: called with each release whose trial begins.
        trial: the trial whose requests are to be chosen, if there is one.
        wanted: the canary of the pointer, if it is one.
        state: how the canary is; ``None`` without one.
        problem: why it cannot be loaded; empty if it can, or was not tried.
    """

    def __init__(
        self,
        model_dir: Path,
        load: Callable[[Path], Awaitable[Release]],
        thresholds: Thresholds,
        metrics: CanaryMetrics,
        poll_s: float,
        inherit: Callable[[Release, Release], Awaitable[object]] | None = None,
        drain_s: float = 1.0,
    ) -> None:
        self._model_dir = model_dir
        self._load = load
        self._thresholds = thresholds
        self._metrics = metrics
        self._poll_s = poll_s
        self._inherit = inherit
        self._departures = Departures(drain_s)
        self._writer = VerdictWriter(model_dir)  # of the last trial
        self._task: asyncio.Task[None] | None = None
        self._held: Release | None = None
        self._last: Trial | None = None  # of what is held, also when it has ended
        self._live: Release | None = None
        self._known: frozenset[str] = frozenset()
        self._is_news = False
        self._retry_at_s = 0.0
        self._delay_s = _FIRST_RETRY_S
        self.on_trial: list[Callable[[Release], None]] = []
        self.trial: Trial | None = None
        self.wanted: Canary | None = None
        self.state: State | None = None
        self.problem = ""

    @property
    def last(self) -> Trial | None:
        """The trial of the canary that is loaded, also after its verdict."""
        return self._last

    def start(self) -> None:
        """Start to load and to watch."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop it; a canary that is loaded stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._departures.close()

    def loaded(self, version: str, digest: str) -> Release | None:
        """Return the release that is held if it is this one, for it to become live."""
        held = self._held
        return (
            held if held is not None and (held.version, held.digest) == (version, digest) else None
        )

    def follow(
        self, pointer: Pointer, live: Release | None, known: frozenset[str], begin: bool = True
    ) -> None:
        """Do at once what the pointer says and takes no time; the rest follows beside the requests.

        Args:
            pointer: what ``current.json`` says.
            live: the release that answers now.
            known: fields of every release that a caller may be writing for.
            begin: whether another canary may begin; not before ``live`` and ``known`` are what the
                pointer says.
        """
        canary, held = pointer.canary, self._held
        last_version = self.wanted.version if self.wanted is not None else None
        if canary is not None and (live is None or canary.version == live.version):
            canary = None
        if canary is not None and not begin and canary.version != last_version:
            canary = None
        self._live, self._known, self._is_news = live, known, True
        if held is not None and held is live:  # promoted
            self._forget()
        elif held is not None and held.version == pointer.current != (live and live.version):
            pass  # about to be live: it goes on until then
        elif held is not None and (canary is None or canary.version != held.version):
            self._drop()
        if (canary and canary.version) != last_version:
            self._retry_at_s, self._delay_s, self.problem = 0.0, _FIRST_RETRY_S, ""
        self.wanted = canary
        if self._held is None:
            awaited: State = "failed" if self.problem else "loading"
            self._show(awaited if canary is not None else None)
            return
        last = self._last
        if last is not None and canary is not None:
            last.share = canary.share
        if last is not None and last.verdict is None and live is not None and last.live is not live:
            self._begin(self._held, live)
        self._show(self.state)

    async def _watch(self) -> None:
        while True:
            try:
                await self._step()
            except Exception as error:
                _log.error("canary_watch_failed", error=type(error).__name__, exc_info=error)
            await asyncio.sleep(self._poll_s)

    async def _step(self) -> None:
        """Load what is wanted, or look at how it does."""
        if self._held is not None and self._is_news:
            self._is_news = False
            await self._reload_if_rebuilt(self._held)
        if self._held is None and self.wanted is not None and monotonic() >= self._retry_at_s:
            await self._try_to_load(self.wanted)
        trial, writer = self._last, self._writer
        if trial is None:
            return
        verdict = trial.look()
        self._metrics.show_figures(trial.judge)
        if verdict is not None and self.state != "stopped":
            self._stop_routing(trial, verdict)
        if verdict is not None and trial.release.version == (self.wanted and self.wanted.version):
            await writer.write(trial, self._thresholds)

    async def _reload_if_rebuilt(self, held: Release) -> None:
        """Drop what is held if another bundle has taken its number."""
        digest = await asyncio.to_thread(identity, self._model_dir / held.version)
        if digest not in {"", held.digest} and held is self._held and held is not self._live:
            self._drop()

    async def _try_to_load(self, canary: Canary) -> None:
        """Load the canary; what goes wrong is its own problem."""
        version = canary.version
        try:
            release = await self._make(version)
        except ScorerUnavailableError as error:
            self._cannot_load(version, str(error), error)
            self._delay_s = _FIRST_RETRY_S  # it may be there any moment
        except Exception as error:
            self._cannot_load(version, "the canary cannot be loaded; the log says why", error)
            self._delay_s = min(2 * self._delay_s, _LAST_RETRY_S)
        else:
            self._metrics.tried_to_load("loaded")
            live, wanted = self._live, self.wanted
            if live is None or wanted is None or wanted.version != version:
                self._departures.add(release)
                return
            self.problem = ""
            self._delay_s = _FIRST_RETRY_S
            self._held = release
            self._begin(release, live)

    async def _make(self, version: str) -> Release:
        folder = bundle_folder(self._model_dir.parent, self._model_dir.name, version)
        _log.info("canary_loading", version=version)
        release = await self._load(folder)
        await asyncio.to_thread(release.typed.prepare, self._known)
        if self._inherit is not None and self._live is not None:
            await self._inherit(release, self._live)
        return release

    def _cannot_load(self, version: str, problem: str, error: Exception) -> None:
        self._metrics.tried_to_load("failed")
        self._retry_at_s = monotonic() + self._delay_s
        if self.wanted is None or self.wanted.version != version:
            return
        self._show("failed")
        if problem != self.problem:
            foreseen = isinstance(error, DynIntError | OSError)
            _log.error(
                "canary_not_loaded",
                version=version,
                error=type(error).__name__,
                text=str(error),
                exc_info=None if foreseen else error,
            )
        self.problem = problem

    def _begin(self, release: Release, live: Release) -> None:
        """Begin a trial; its figures begin anew."""
        share = self.wanted.share if self.wanted is not None else 0.0
        trial = Trial(release, live, share, self._thresholds, self._metrics)
        self._last = self.trial = trial
        self._writer = VerdictWriter(self._model_dir)
        self._show("trial")
        _log.info("canary_on_trial", version=release.version, share=share, live=live.version)
        for listener in self.on_trial:
            listener(release)

    def _stop_routing(self, trial: Trial, verdict: Verdict) -> None:
        self.trial = None
        self._show("stopped")
        self._metrics.stopped(verdict)
        _log.error(
            "canary_stopped",
            version=trial.release.version,
            reason=verdict,
            figures=trial.judge.figures(),
            thresholds=self._thresholds.to_json(),
        )

    def _drop(self) -> None:
        """Let what is held go, as an old release goes."""
        if self._held is not None:
            _log.info("canary_dropped", version=self._held.version)
            self._departures.add(self._held)
        self._forget()

    def _forget(self) -> None:
        self._held = self._last = self.trial = None
        self._show(None)

    def _show(self, state: State | None) -> None:
        self.state = state
        held, wanted = self._held, self.wanted
        version = held.version if held else wanted.version if wanted else ""
        share = self.trial.share if self.trial else 0.0
        self._metrics.show(version, state, share)
