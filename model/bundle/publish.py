"""From a candidate to a version of its release root."""

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from model.bundle.bundle import Bundle
from model.bundle.candidate import Candidate
from model.bundle.durable import fsync, fsync_tree
from model.bundle.gates_file import GatesReport, read_gates, write_gates
from model.bundle.manifest import MANIFEST
from model.bundle.model_dir import model_lock
from model.bundle.paths import model_folder, regular_files, versions
from model.bundle.staging import next_version, remove_leftovers
from model.bundle.stamp import STAMPS, write_stamp
from model.errors import BundleError, CheckFailedError, InvalidInputError
from model.os_errors import in_words
from model.regular_file import read_regular


@dataclass(frozen=True)
class Published:
    """A version that was published.

    Attributes:
        path: ``ROOT/<name>/<version>``.
        version: its digits.
        manifest_digest: its identity, the candidate's.
        already: it was there before: nothing was done.
        gates: ``passed`` or ``ungated``.
    """

    path: Path
    version: str
    manifest_digest: str
    already: bool
    gates: str


def publish(
    candidate: Candidate,
    prove: Callable[[Bundle], object],
    ungated: bool = False,
    advance: Callable[[int], None] | None = None,
) -> Published:
    """Make a candidate the next version of its release root; live is what was.

    Every byte is read and proven, the gates' record is demanded, all is synchronised; then one
    rename, under the model's lock, to max + 1. Killed before it, nothing was published; after it,
    everything. The manifest's digest is the identity: a candidate that was published is found by it,
    and not published again, however often and by how many this is called.

    Args:
        candidate: a whole one.
        prove: raises an error unless the bundle scores as it must: ``model.export.verify_scores``.
        ungated: publish without ``gates.json``, and write that into it. Gates that failed stay so.
        advance: is told how many bytes were read.

    Raises:
        CheckFailedError: if a gate failed or there is no record of gates; if ``prove`` says no; if
            another process holds the candidate or the model.
        BundleError: if the bundle is incomplete or altered, or its gates are of another one.
        InvalidInputError: if it was published and removed since, or the root cannot be written.
    """
    model_dir = model_folder(candidate.release_root, candidate.name)
    try:
        with candidate.hold():
            found = _published(candidate, model_dir)
            if found is None:
                gates = _checked(candidate, prove, ungated, advance)
                fsync_tree(candidate.bundle)
                model_dir.mkdir(parents=True, exist_ok=True)
                found = _rename(candidate, gates, model_dir)
            _tidy(candidate)
            return found
    except OSError as error:
        raise InvalidInputError(
            f"{candidate.root}: cannot be published ({in_words(error)}); "
            + _what_stands(candidate, model_dir)
        ) from error


def _what_stands(candidate: Candidate, model_dir: Path) -> str:
    """Tell whether the rename was done, of which all but the synchronising is one step."""
    with suppress(OSError):
        version = version_of(model_dir, candidate.manifest_digest)
        if version is not None:
            return f"version {version} is there, and a power cut may undo it: run this again"
    return "nothing was published and nothing live has changed. Is there space, and the right to write?"


def version_of(model_dir: Path, manifest_digest: str) -> str | None:
    """Find the version whose manifest has this digest, if there is one."""
    for version in reversed(versions(model_dir)):
        try:
            data = read_regular(model_dir / str(version) / MANIFEST)
        except FileNotFoundError:
            continue
        if hashlib.sha256(data).hexdigest() == manifest_digest:
            return str(version)
    return None


def _published(candidate: Candidate, model_dir: Path) -> Published | None:
    version = version_of(model_dir, candidate.manifest_digest)
    if version is None:
        return None
    fsync(model_dir)  # its rename may have been the last thing that a killed process did
    report = read_gates(model_dir / version, candidate.manifest_digest)
    gates = report.verdict if report else "ungated"
    return Published(model_dir / version, version, candidate.manifest_digest, True, gates)


def _checked(
    candidate: Candidate,
    prove: Callable[[Bundle], object],
    ungated: bool,
    advance: Callable[[int], None] | None,
) -> str:
    """Check all that can be checked; returns the gates' verdict."""
    if not candidate.bundle.is_dir():
        raise InvalidInputError(
            f"CANDIDATE: must hold a bundle; {candidate.bundle} is gone: it was published, and "
            "removed from the release root since"
        )
    bundle = Bundle.open(candidate.bundle, full=True, advance=advance)
    if (bundle.manifest_digest, bundle.name) != (candidate.manifest_digest, candidate.name):
        raise BundleError(f"{candidate.bundle}: is not the bundle that was staged here")
    report = read_gates(candidate.bundle, bundle.manifest_digest)
    if report is None or report.ungated:
        if not ungated:
            raise CheckFailedError(
                f"{candidate.bundle / 'gates.json'}: must say that the gates passed; there is no "
                "such record. --ungated publishes without"
            )
    elif not report.passed:
        failed = "; ".join(
            f"{gate.name}: {gate.reason}" for gate in report.gates if not gate.passed
        )
        raise CheckFailedError(f"{candidate.bundle}: must pass its gates; failed: {failed}")
    prove(bundle)
    if report is None:
        report = GatesReport(bundle.manifest_digest, False, (), ungated=True)
        write_gates(candidate.bundle, report)
    return report.verdict


def _rename(candidate: Candidate, gates: str, model_dir: Path) -> Published:
    """Do the one step that publishes; nothing that could fail is left for after it."""
    digest = candidate.manifest_digest
    with model_lock(model_dir):
        remove_leftovers(model_dir)
        found = _published(candidate, model_dir)
        if found is not None:  # from a copy of the candidate
            return found
        version = str(next_version(model_dir))
        stamp = model_dir / STAMPS / f"{version}.json"
        write_stamp(stamp, digest, regular_files(candidate.bundle))
        candidate.bundle.rename(model_dir / version)
        for folder in (model_dir, model_dir.parent, candidate.bundle.parent):
            fsync(folder)
    return Published(model_dir / version, version, digest, False, gates)


def _tidy(candidate: Candidate) -> None:
    """Remove what is left of a published candidate, but for its record."""
    shutil.rmtree(candidate.root / candidate.name, ignore_errors=True)
