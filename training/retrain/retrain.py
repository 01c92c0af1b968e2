"""``dynint retrain``: every step in order, recorded, gone on with after a kill."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from model.bundle.candidate import candidates
from model.console import say
from model.errors import BusyError, CheckFailedError, DynIntError
from training.retrain import model_steps, prepare_steps, release_steps
from training.retrain.alerts import end_failure, tell_of
from training.retrain.config import RetrainConfig
from training.retrain.journal import ABANDONED, FILE, PROMOTED, REFUSED, RUNNING, Journal
from training.retrain.plan import Plan, live_digest, plan, require_none_promoted
from training.retrain.release_steps import tidy
from training.retrain.report import write_report
from training.retrain.turn import turn
from training.retrain.work import Work, bind


@dataclass(frozen=True)
class Outcome:
    """How a retraining ended.

    Attributes:
        outcome: ``promoted``, ``refused``, ``nothing new``, or ``rolled back``: what was promoted of
            these logs, and somebody went back from.
        reason: of the second and the last.
        folder: of the run; ``None`` if there was nothing to do.
        version: that is live now because of it, if one is.
    """

    outcome: str
    reason: str = ""
    folder: Path | None = None
    version: str | None = None


def retrain(config: RetrainConfig, cold: bool = False, again: bool = False) -> Outcome:
    """Bring a better model live from new logs, or say why not.

    Args:
        config: what to do.
        cold: leave the live release out of account: start anew, beside nothing.
        again: do it once more although a run of the same logs, beside the same release, is over.

    Raises:
        BusyError: if another process is at it.
        InvalidInputError: if the configuration, the logs or a folder cannot be used. Then, and
            after a kill, the next run goes on where this one was.
    """
    night = _Night(config)
    with ExitStack() as held:
        try:
            held.enter_context(turn(config.work))
            bind(config)
            return night.run(cold, again)
        except BusyError:  # the other one tells how it ends
            raise
        except Exception as error:
            night.failed(error)
            raise


def forecast(config: RetrainConfig, cold: bool, again: bool) -> list[str]:
    """Tell what ``retrain`` would do, in lines; nothing is changed."""
    found = plan(config, cold)
    if found is None:
        return ["nothing   no log is new"]
    work = Work(config.work)
    is_the_first = not any(run.name.startswith(f"{found.window.day}-") for run in work.runs())
    before = None if is_the_first else work.latest(found.identity(config))  # reads all logs
    if before is not None and not again:
        name = before.folder.name
        if before.outcome == RUNNING:
            return [f"goes on   with {name}, which was cut off", *found.describe()]
        return [f"nothing   {name} is over already ({before.outcome}); --again does it once more"]
    cut_off = (run.folder.name for run in work.unfinished())
    return [*(f"gives up  {name}, which was cut off" for name in cut_off), *found.describe()]


class _Night:
    """One call of the command."""

    def __init__(self, config: RetrainConfig) -> None:
        self.config = config
        self.work = Work(config.work)
        self.journal: Journal | None = None

    def run(self, cold: bool, again: bool) -> Outcome:
        """Do what is to be done."""
        config, work = self.config, self.work
        self._recover()
        found = plan(config, cold)
        if found is None:
            return self._without_a_run(Outcome("nothing new"))
        identity = found.identity(config)
        for cut_off in work.unfinished():
            if cut_off.identity == identity and not again:
                continue
            say(f"{cut_off.folder.name} was cut off, and gives way to another run")
            release_steps.take_off(config, cut_off)
            cut_off.end(ABANDONED, "another run took its place")
        journal = work.journal(found.window.day, identity, again)
        if journal.outcome != RUNNING:
            return self._without_a_run(self._over_already(journal))
        self.journal = journal
        try:
            _Steps(config, found, journal).run()
        except CheckFailedError as error:
            return _over(config, journal, REFUSED, str(error))
        return _over(config, journal, PROMOTED)

    def _over_already(self, journal: Journal) -> Outcome:
        """Say how a run of the same ended.

        Raises:
            InvalidInputError: if it was promoted, and now nothing is live.
        """
        if journal.outcome == PROMOTED:
            live = live_digest(self.config)
            if live is None:
                require_none_promoted(self.config)
            if live != journal.result("publish")["digest"]:
                version = journal.result("publish")["version"]
                reason = (
                    f"version {version} was made of these logs, and somebody went back from it; "
                    "--again makes another one"
                )
                return Outcome("rolled back", reason, journal.folder)
        say(f"{journal.folder.name} is over already; --again does it once more")
        return _outcome(journal)

    def _without_a_run(self, outcome: Outcome) -> Outcome:
        """End where nothing is to be done; a failure that was told is over with that."""
        end_failure(self.config, self.work.last_over())
        return outcome

    def failed(self, error: Exception) -> None:
        """Record and tell that the night could not be done."""
        nobody = Journal(self.config.work / "no-run" / FILE, {})
        journal = self.journal or nobody
        journal.outcome, journal.reason = RUNNING, str(error)
        if self.journal is not None:
            try:
                journal.write()
            except OSError as unwritten:
                say(f"{journal.path}: cannot be written: {unwritten.strerror}")
        tell_of(self.config, journal)

    def _recover(self) -> None:
        """Bring to its end what a killed run had done but for the record of it."""
        live = live_digest(self.config)
        for journal in self.work.unfinished():
            if journal.done("publish") and journal.result("publish")["digest"] == live:
                say(f"{journal.folder.name} was promoted before it was cut off")
                if not journal.done("promote"):
                    with journal.step("promote"):
                        pass
                _over(self.config, journal, PROMOTED)


def _over(config: RetrainConfig, journal: Journal, outcome: str, reason: str = "") -> Outcome:
    """Report, tidy up, record, tell; what goes wrong with the first two is said."""
    journal.outcome, journal.reason = outcome, reason
    for what in (partial(write_report, config, journal), partial(tidy, config, journal)):
        try:
            what()
        except (DynIntError, OSError, ValueError) as error:
            say(f"{what.func.__name__}: {error}")
    journal.end(outcome, reason)
    tell_of(config, journal)
    return _outcome(journal)


def _outcome(journal: Journal) -> Outcome:
    version = journal.result("publish")["version"] if journal.outcome == PROMOTED else None
    return Outcome(journal.outcome, journal.reason, journal.folder, version)


class _Steps:
    """The steps of one run; those that the journal has are not done again."""

    def __init__(self, config: RetrainConfig, found: Plan, journal: Journal) -> None:
        self.config = config
        self.plan = found
        self.journal = journal
        self.folder = journal.folder

    def run(self) -> None:
        """Do what is left.

        Raises:
            CheckFailedError: if the data or the candidate is refused.
        """
        config, found, run = self.config, self.plan, self.folder
        self._do("collect", lambda: {"day": str(found.window.day), "said": found.describe()})
        checks = self._do("check", lambda: prepare_steps.look(config, found, run))["checks"]
        _require(checks, "the new data")
        self._do("prepare", lambda: prepare_steps.prepare(config, found, run))
        self._forget_a_candidate_that_is_gone()
        self._do("train", lambda: model_steps.train(config, found, run))
        self._do("evaluate", lambda: model_steps.evaluate(found, run))
        candidate = self._do("export", lambda: model_steps.stage(config, run))["candidate"]
        gates = self._do("gates", lambda: model_steps.gates(config, found, run, candidate))
        _require(gates["gates"], "the candidate")
        if not self.journal.done("publish"):
            release_steps.require_unmoved(config, found.live)
        version = self._do("publish", lambda: release_steps.publish(config, candidate))["version"]
        if config.canary.share and (live := found.live) is not None:
            release_steps.require_unmoved(config, found.live, version)
            self._do("canary", lambda: release_steps.try_out(config, version, live, _indented))
        release_steps.require_unmoved(config, found.live, version)
        data = run / prepare_steps.DATA
        self._do(
            "promote", lambda: release_steps.promote(config, version, found.live, data, _indented)
        )

    def _forget_a_candidate_that_is_gone(self) -> None:
        """Export once more what was removed before it was published."""
        steps = self.journal.steps
        if "export" not in steps or self.journal.done("publish") or not self.journal.done("export"):
            return
        name = self.journal.result("export")["candidate"]
        if name not in {each.id for each in candidates(Path(self.config.release.root))}:
            steps.pop("export")
            steps.pop("gates", None)

    def _do(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if not self.journal.done(name):
            say(f"retrain: {name}")
            with self.journal.step(name) as result:
                result |= work()
        found: dict[str, Any] = self.journal.result(name)
        return found


def _indented(line: str) -> None:
    say(f"  {line}")


def _require(results: list[dict[str, Any]], what: str) -> None:
    """Go on only if every check passed.

    Raises:
        CheckFailedError: naming those that did not, and why.
    """
    failed = [each for each in results if not each["passed"]]
    if failed:
        reasons = "; ".join(f"{each['name']}: {each['reason']}" for each in failed)
        raise CheckFailedError(f"{what} must pass every check; {reasons}")
