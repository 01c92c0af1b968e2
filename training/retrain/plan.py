"""What a retraining is about to do: which files, beside which release."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from model.bundle import Bundle, bundle_folder, model_folder, read_pointer
from model.bundle.file_digest import FileDigest
from model.bundle.pointer import CURRENT
from model.errors import InvalidInputError
from training.retrain.config import RetrainConfig
from training.retrain.window import Window, dated_logs, window_of
from training.retrain.work import Known, Work
from training.train.run_config import RunConfig


@dataclass(frozen=True)
class Live:
    """The release that is live.

    Attributes:
        version: its digits.
        digest: of its manifest.
        known: the run that made it; ``None`` if none in the work folder did.
    """

    version: str
    digest: str
    known: Known | None


@dataclass(frozen=True)
class Plan:
    """The files and the release of a retraining.

    Attributes:
        window: its files.
        live: the live release; ``None`` if there is none yet, or it is to be left out of account.
    """

    window: Window
    live: Live | None

    def identity(self, config: RetrainConfig) -> dict[str, Any]:
        """Tell this retraining from every other: what it reads and how, and what is live."""
        logs = (*self.window.before, *self.window.new)
        return {
            "config": sha256(repr(config).encode()).hexdigest(),
            "logs": {log.path.name: FileDigest.measure(log.path).sha256 for log in logs},
            "new": [log.path.name for log in self.window.new],
            "live": None if self.live is None else self.live.digest,
        }

    def describe(self) -> list[str]:
        """Say it in lines."""
        new, before = self.window.new, self.window.before
        lines = [f"new       {', '.join(log.path.name for log in new)}"]
        if before:
            lines.append(f"levels    also of {', '.join(log.path.name for log in before)}")
        if self.live is None:
            lines.append("live      nothing: the model starts cold, and beside no other")
        elif self.live.known is not None:
            lines.append(
                f"live      version {self.live.version}, which has learnt up to "
                f"{self.live.known.learnt}: the model starts from it, and is held beside it"
            )
        return lines


def plan(config: RetrainConfig, cold: bool) -> Plan | None:
    """Look what is there; ``None`` if no log is new.

    Args:
        config: of the retraining.
        cold: leave the live release out of account.

    Raises:
        InvalidInputError: if the logs are not there or no files, the release root has lost what was
            live, or the live release was not made in the work folder, so that nothing is known of
            what it has learnt.
        BundleError: if the live release cannot be read.
    """
    live = None if cold else _live(config)
    if live is None and not cold:
        require_none_promoted(config)
    if live is not None and live.known is None:
        raise InvalidInputError(
            f"config: work: {config.work} must hold the run of the live release, version "
            f"{live.version}, to start from it and to be held beside it; it was made elsewhere. "
            "--cold starts anew, beside nothing"
        )
    if live is not None and live.known is not None:
        _require_same_network(config, live.known)
    learnt = None if live is None or live.known is None else live.known.learnt
    window = window_of(dated_logs(config.logs), config.logs, learnt)
    if window is None:
        return None
    for log in (*window.before, *window.new):
        if not log.path.is_file():  # a pipe would hold whoever reads it
            raise InvalidInputError(
                f"logs: {log.path} must be a regular file; received a folder, a pipe or the like"
            )
    return Plan(window, live)


def require_none_promoted(config: RetrainConfig) -> None:
    """Tell a release root that has lost what was live from one where nothing was yet.

    A rollback leaves another version live; where none is, the root was removed or is not mounted.

    Raises:
        InvalidInputError: if a run of the work folder has made a version live.
    """
    root, name = config.release.root, config.release.name
    for journal in reversed(Work(config.work).journals()):
        if journal.done("promote"):
            raise InvalidInputError(
                f"config: [release] root must have {name}/{CURRENT}, which says what is live: run "
                f"{journal.folder.name} made version {journal.result('publish')['version']} live; "
                f"received {root!r}, which has none. Is it mounted? If it was removed on purpose, "
                "--cold --again starts anew, beside nothing"
            )


def _require_same_network(config: RetrainConfig, known: Known) -> None:
    """Refuse early what a warm start would refuse.

    Raises:
        InvalidInputError: naming the settings that differ.
    """
    before = RunConfig.load(known.folder / "train.toml").model
    differing = [
        f"{key} is {config.run.model.get(key)!r}, not {before.get(key)!r}"
        for key in sorted(config.run.model.keys() | before.keys())
        if config.run.model.get(key) != before.get(key)
    ]
    if differing:
        raise InvalidInputError(
            f"config: [model] must be that of the live release, whose weights are the start; "
            f"{'; '.join(differing)}. --cold starts anew, beside nothing"
        )


def live_digest(config: RetrainConfig) -> str | None:
    """Return the live release's manifest digest; ``None`` without one.

    Raises:
        BundleError: if it cannot be read.
    """
    live = _live(config)
    return None if live is None else live.digest


def _live(config: RetrainConfig) -> Live | None:
    root, name = Path(config.release.root), config.release.name
    folder = model_folder(root, name)
    pointer = read_pointer(folder) if folder.is_dir() else None
    if pointer is None:
        return None
    digest = Bundle.open(bundle_folder(root, name, pointer.current)).manifest_digest
    return Live(pointer.current, digest, Work(config.work).known(digest))
