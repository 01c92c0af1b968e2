"""Steps that put a candidate into service: publish, canary, promote, tidy up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.bundle import end_canary, model_folder, read_evidence, read_pointer
from model.bundle.candidate import Candidate
from model.bundle.publish import publish as publish_candidate
from model.bundle.retention import retain, retain_candidates
from model.errors import CheckFailedError, DynIntError
from model.export.verify import verify_scores
from training.retrain import trial
from training.retrain.config import RetrainConfig
from training.retrain.journal import RUNNING, Journal
from training.retrain.plan import Live
from training.retrain.verb import run_verb
from training.retrain.work import Work, clear

KEPT_CANDIDATES = 3


def publish(config: RetrainConfig, candidate_id: str) -> dict[str, Any]:
    """Make the candidate a version; done already, it is found and not done again.

    Raises:
        CheckFailedError: if it does not verify, or its gates did not pass.
    """
    candidate = Candidate.open(Path(config.release.root), candidate_id)
    done = publish_candidate(candidate, verify_scores)
    return {"version": done.version, "digest": done.manifest_digest, "already": done.already}


def require_unmoved(config: RetrainConfig, live: Live | None, version: str | None = None) -> None:
    """Go on only if nobody has decided otherwise since the run began.

    Args:
        config: where the releases are.
        live: what was live then; ``None`` if that does not count.
        version: the run's own, once it is published.

    Raises:
        CheckFailedError: if another version is live, the run's own was live and somebody went back,
            or its trial was ended.
    """
    folder = model_folder(Path(config.release.root), config.release.name)
    pointer = read_pointer(folder) if folder.is_dir() else None
    now = None if pointer is None else pointer.current
    if live is not None and now != live.version:
        raise CheckFailedError(
            f"release: version {live.version} was live when this began, and {now or 'none'} is now; "
            "the next run starts from that one"
        )
    if version is None:
        return
    if pointer is not None and pointer.previous == version:
        raise CheckFailedError(f"release: version {version} was live, and somebody went back")
    evidence = read_evidence(folder, version)
    if evidence is not None:
        raise CheckFailedError(
            f"canary: the trial of version {version} was ended: {evidence['reason']}"
        )


def try_out(
    config: RetrainConfig, version: str, live: Live, told: Callable[[str], None]
) -> dict[str, Any]:
    """Give the version a share of the requests for a while; as ``trial.try_out``."""
    return trial.try_out(config, version, live, _ready(config, version), told)


def promote(
    config: RetrainConfig,
    version: str,
    live: Live | None,
    data: Path,
    told: Callable[[str], None],
) -> dict[str, Any]:
    """Make the version live, once model servers and cache are ready; then wait for gateways.

    Args:
        config: which they are.
        version: the candidate's.
        live: what was live when the run began; ``None`` if that does not count.
        data: its prepared data, which say what is hot.
        told: given each line that is said.

    Returns:
        What the command says; ``late`` if the version is live and a gateway has not followed yet.

    Raises:
        DynIntError: if model servers or cache are not ready in time; the live release stays, and
            the next run tries again.
    """
    release, arguments = config.release, _ready(config, version)
    if live is not None:  # whoever moved the pointer since has the last word
        arguments += ["--over", live.version]
        arguments += ["--on-trial"] if config.canary.share else []
    if release.redis_url:
        arguments += ["--redis-url", release.redis_url, "--data", str(data)]
    elif release.redis_url_file:
        arguments += ["--redis-url-file", release.redis_url_file, "--data", str(data)]
    for url in release.gateways:
        arguments += ["--gateway", url]
    try:
        return run_verb("promote", arguments, told)
    except DynIntError as error:
        pointer = read_pointer(model_folder(Path(release.root), release.name))
        if pointer is None or pointer.current != version:
            raise DynIntError(f"promote: {error}") from error
        told(f"live, but {error}")
        return {"late": str(error)}


def _ready(config: RetrainConfig, version: str) -> list[str]:
    """Arguments of ``dynint promote`` that wait until the model servers have the version."""
    release = config.release
    arguments = [version, "--root", release.root, "--name", release.name]
    arguments += ["--wait", f"{release.wait_seconds:g}"]
    return [*arguments, *(["--scorer", release.scorer] if release.scorer else [])]


def take_off(config: RetrainConfig, journal: Journal) -> None:
    """End the trial of a run's version, if it is on trial."""
    if not journal.done("publish"):
        return
    folder = model_folder(Path(config.release.root), config.release.name)
    version = journal.result("publish")["version"]
    pointer = read_pointer(folder)
    if pointer is not None and pointer.canary is not None and pointer.canary.version == version:
        end_canary(folder, version, "run_abandoned")


def tidy(config: RetrainConfig, current: Journal) -> None:
    """Remove old releases, candidates, and what is large of runs whose release is gone."""
    root, name = Path(config.release.root), config.release.name
    kept: set[str] = set()
    if model_folder(root, name).is_dir():
        kept = set(retain(root, name, config.release.keep).kept)
        retain_candidates(root, KEPT_CANDIDATES)
    for read in Work(config.work).journals():
        journal = current if read.folder == current.folder else read
        version = journal.result("publish")["version"] if journal.done("publish") else None
        if version not in kept and journal.outcome != RUNNING:
            clear(journal.folder)
