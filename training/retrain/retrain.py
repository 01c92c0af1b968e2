"""``dynint retrain``: every step in order, recorded, gone on with after a kill."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.console import say
from model.errors import CheckFailedError, DynIntError
from training.retrain import model_steps, prepare_steps, release_steps
from training.retrain.alerts import tell_of
from training.retrain.config import RetrainConfig
from training.retrain.journal import ABANDONED, PROMOTED, REFUSED, RUNNING, Journal
from training.retrain.plan import Plan, live_digest, plan
from training.retrain.report import write_report
from training.retrain.turn import turn
from training.retrain.work import Work


@dataclass(frozen=True)
class Outcome:
    """How a retraining ended.

    Attributes:
        outcome: ``promoted``, ``refused``, or ``nothing new``.
        reason: of a refusal.
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
    with turn(config.work):
        work = Work(config.work)
        _recover(config, work)
        found = plan(config, cold)
        if found is None:
            return Outcome("nothing new")
        for cut_off in work.superseded(found.identity(config)):
            say(
                f"{cut_off.folder.name} was cut off and is of other files, or beside another release"
            )
            release_steps.take_off(config, cut_off)
            cut_off.end(ABANDONED, "another run took its place")
        journal = work.journal(found.window.day, found.identity(config), again)
        if journal.outcome != RUNNING:
            say(f"{journal.folder.name} is over already; --again does it once more")
            return _outcome(journal)
        try:
            _Steps(config, found, journal).run()
        except CheckFailedError as error:
            return _over(config, journal, REFUSED, str(error))
        except DynIntError as error:
            journal.end(RUNNING, str(error))
            tell_of(config, journal)
            raise
        return _over(config, journal, PROMOTED)


def _recover(config: RetrainConfig, work: Work) -> None:
    """Bring to its end what a killed run had done but for the record of it."""
    live = live_digest(config)
    for folder in work.runs():
        journal = work.read(folder)
        if journal.outcome != RUNNING or not journal.done("publish"):
            continue
        if journal.result("publish")["digest"] == live:
            say(f"{folder.name} was promoted before it was cut off")
            if not journal.done("promote"):
                with journal.step("promote"):
                    pass
            _over(config, journal, PROMOTED)


def _over(config: RetrainConfig, journal: Journal, outcome: str, reason: str = "") -> Outcome:
    """Report, tell, tidy up; a run that is cut off before the last of it does it again."""
    journal.outcome, journal.reason = outcome, reason
    write_report(config, journal)
    release_steps.tidy(config, journal)
    tell_of(config, journal)
    journal.end(outcome, reason)
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
        self._do("train", lambda: model_steps.train(config, found, run))
        self._do("evaluate", lambda: model_steps.evaluate(found, run))
        candidate = self._do("export", lambda: model_steps.stage(config, run))["candidate"]
        gates = self._do("gates", lambda: model_steps.gates(config, found, run, candidate))
        _require(gates["gates"], "the candidate")
        version = self._do("publish", lambda: release_steps.publish(config, candidate))["version"]
        if config.canary.share and found.live is not None:
            self._do("canary", lambda: release_steps.try_out(config, version, _indented))
        data = run / prepare_steps.DATA
        self._do("promote", lambda: release_steps.promote(config, version, data, _indented))

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
