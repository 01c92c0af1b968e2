"""Try a version on a share of the requests, and end that with a record of why."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.bundle.canary import Canary
from model.bundle.manifest import utc_now
from model.bundle.model_dir import chosen, model_lock, require_folder
from model.bundle.paths import check_version
from model.bundle.pointer import CURRENT, Pointer, read_pointer, require_live, write_pointer
from model.bundle.sealed_json import read_sealed, write_sealed
from model.errors import CheckFailedError, InvalidInputError
from model.os_errors import in_words


def start_canary(
    model_dir: Path, version: str | int, share: float, over: str | None = None
) -> Pointer:
    """Give a version a share of the requests, or the canary that is on trial another share.

    The live version and the previous one stay. The record of an earlier trial of the version goes.

    Args:
        model_dir: ``ROOT/<model-name>``.
        version: one that is there and verifies, and is not live.
        share: part of the requests, in (0, 1].
        over: the version that must be live then, if it matters which.

    Returns:
        The pointer that now stands.

    Raises:
        InvalidInputError: if ``version`` is none, is not there or is the live one, ``share`` is out
            of its range, or the pointer cannot be written.
        CheckFailedError: if nothing or another than ``over`` is live, or another version is on trial.
        BundleError: if the version does not verify, or the pointer cannot be read.
    """
    canary = Canary(check_version(version), share)
    chosen(model_dir, canary.version)
    with model_lock(model_dir):
        old = read_pointer(model_dir)
        if old is None:
            raise CheckFailedError(
                f"{model_dir / CURRENT}: a canary needs a live version beside it; nothing is live. "
                "dynint promote makes a version live"
            )
        if old.current == canary.version:
            raise InvalidInputError(
                f"version: a canary must not be the live version; {canary.version} is live"
            )
        require_live(old, over)
        if old.canary is not None and old.canary.version != canary.version:
            raise CheckFailedError(
                f"{model_dir / CURRENT}: one canary at a time; version {old.canary.version} is on "
                "trial. dynint rollback ends it, dynint promote makes it live"
            )
        if old.canary is None:
            _forget(evidence_path(model_dir, canary.version))
        pointer = replace(old, canary=canary)
        if pointer != old:
            write_pointer(model_dir, pointer)
    return pointer


def end_canary(
    model_dir: Path,
    version: str,
    reason: str,
    thresholds: Mapping[str, Any] | None = None,
    figures: Mapping[str, Any] | None = None,
    wait_seconds: float = 10.0,
) -> Pointer | None:
    """End the trial of a version, unless it has ended already; the live version stays.

    The evidence is written first: whoever finds that the canary is gone finds out why. It is
    ``canary-<version>.json`` beside the pointer, sealed: version, live version, share, reason,
    thresholds, figures and time.

    Args:
        model_dir: ``ROOT/<model-name>``.
        version: the canary's.
        reason: a word for why, such as ``errors``; ``by_hand`` is a person's.
        thresholds: what was allowed, by name; finite numbers.
        figures: what was measured, by name; finite numbers, text or null.
        wait_seconds: how long to wait for another process that changes the pointer; 0 asks once.

    Returns:
        The pointer that now stands; ``None`` if the version is not the canary (any more), and then
        nothing was written.

    Raises:
        InvalidInputError: if the folder is not there or nothing can be written in it.
        CheckFailedError: if another process holds the lock for so long.
        BundleError: if the pointer cannot be read.
    """
    require_folder(model_dir)
    with model_lock(model_dir, wait_seconds):
        old = read_pointer(model_dir)
        if old is None or old.canary is None or old.canary.version != version:
            return None
        path = evidence_path(model_dir, version)
        evidence = {
            "version": version,
            "live": old.current,
            "share": old.canary.share,
            "reason": reason,
            "thresholds": dict(thresholds or {}),
            "figures": dict(figures or {}),
            "ended": utc_now(),
        }
        try:
            write_sealed(path, evidence)
        except OSError as error:
            raise InvalidInputError(
                f"{path}: cannot be written: {in_words(error)}; the canary stays in the pointer"
            ) from error
        pointer = replace(old, canary=None)
        write_pointer(model_dir, pointer)
    return pointer


def read_evidence(model_dir: Path, version: str | int) -> dict[str, Any] | None:
    """Read why the last trial of a version was ended; ``None`` if there is no record of it.

    Raises:
        InvalidInputError: if ``version`` is none.
        BundleError: if the record was altered.
    """
    path = evidence_path(model_dir, check_version(version))
    return read_sealed(path) if path.exists() else None


def evidence_path(model_dir: Path, version: str) -> Path:
    """Find the record of a version's trial; it need not exist."""
    return model_dir / f"canary-{version}.json"


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInputError(f"{path}: cannot be removed: {in_words(error)}") from error
