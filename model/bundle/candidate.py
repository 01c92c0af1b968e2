"""Bundles on trial: staged in their final layout, not yet in the release root.

``ROOT/.candidates/<id>/`` is a release root of its own, in the file system of ROOT: a real gateway
and a real model server run on it, for the gates. Its name is hidden from those of ROOT.

    .candidates/.lock               taken to add and to remove candidates
    .candidates/0007-3f2a9c01/
        lock                        held by who writes, tries or publishes it
        <name>/1/                   the bundle, until it is published
        <name>/current.json         it is live here
        candidate.json              written last: what it is; stays after it was published

The ids count up; no clock is asked.
"""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from model.bundle.bundle import Bundle
from model.bundle.durable import fsync
from model.bundle.lock import FileLock
from model.bundle.manifest import utc_now
from model.bundle.paths import model_folder, resolved
from model.bundle.release import promote
from model.bundle.sealed_json import read_sealed, write_sealed
from model.errors import BundleError, InvalidInputError
from model.os_errors import in_words

CANDIDATES = ".candidates"
RECORD = "candidate.json"
VERSION = "1"
"""A candidate's version in its own root; its number in ROOT is chosen when it is published."""

REMOVED = ".removed-"
ID = re.compile(r"\d{4,12}-[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True)
class Candidate:
    """A whole candidate.

    Attributes:
        root: ``ROOT/.candidates/<id>``, a release root of its own.
        name: the model's.
        manifest_digest: identity of its bundle, here and once it is published.
        created: ISO 8601, UTC.
    """

    root: Path
    name: str
    manifest_digest: str
    created: str

    @property
    def id(self) -> str:
        """Its folder's name."""
        return self.root.name

    @property
    def bundle(self) -> Path:
        """The bundle's folder; gone once it is published."""
        return self.root / self.name / VERSION

    @property
    def release_root(self) -> Path:
        """The root that it is a candidate for."""
        return self.root.parent.parent

    def hold(self, wait_seconds: float = 10.0) -> FileLock:
        """Keep retention and publishing away from it while a gateway or a gate uses it.

        Raises:
            CheckFailedError: on entering, if another process holds it for so long.
        """
        return FileLock(self.root / "lock", wait_seconds)

    @classmethod
    def open(cls, root: Path, which: Path | str) -> Self:
        """Find a candidate of a release root, by its folder or its id.

        Raises:
            InvalidInputError: if it is none of that root's, or was never completed.
            BundleError: if its record was altered.
        """
        folder = Path(which)
        if len(folder.parts) == 1 and ID.fullmatch(folder.name):
            folder = root / CANDIDATES / folder
        folder = resolved(folder.parent) / folder.name
        if folder.parent != resolved(root) / CANDIDATES or not ID.fullmatch(folder.name):
            raise InvalidInputError(
                f"CANDIDATE: must be a folder in {root / CANDIDATES}, as 'dynint export --stage' "
                f"prints it; received {which}"
            )
        if folder.is_symlink() or not _is_whole(folder):
            there = ", ".join(each.name for each in folders(root) if _is_whole(each)) or "none"
            raise InvalidInputError(
                f"CANDIDATE: must be there and whole; {folder} is not. There: {there}"
            )
        content = read_sealed(folder / RECORD)
        try:
            return cls(folder, content["name"], content["manifest"], content["created"])
        except KeyError as error:
            raise BundleError(f"{folder / RECORD}: has no {error}") from error


@contextmanager
def staged(root: Path, name: str) -> Iterator[Path]:
    """Make a candidate: yields its root, into which the block exports version 1 of ``name``.

    When the block ends well the version is live there, and the candidate whole. When it fails,
    nothing is left; when the process dies, the next run removes what is.

    Raises:
        InvalidInputError: in place of an ``OSError``, such as that of a full disk.
        BundleError: if the block has left no such bundle.
    """
    model_folder(root, name)  # refuses a name that is none
    parent = resolved(root) / CANDIDATES
    try:
        with ExitStack() as held:
            parent.mkdir(parents=True, exist_ok=True)
            with FileLock(parent / ".lock"):
                remove_unfinished(root)
                folder = parent / f"{_next(root):04}-{secrets.token_hex(4)}"
                folder.mkdir()
                held.enter_context(FileLock(folder / "lock", wait_seconds=0))
            try:
                yield folder
                _complete(folder, name)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    except OSError as error:
        raise InvalidInputError(
            f"{parent}: no candidate can be written ({in_words(error)}); nothing was left"
        ) from error


def _complete(folder: Path, name: str) -> None:
    bundle = Bundle.open(folder / name / VERSION)
    promote(folder / name, VERSION)
    write_sealed(
        folder / RECORD,
        {"name": name, "manifest": bundle.manifest_digest, "created": utc_now()},
    )
    fsync(folder.parent)


def folders(root: Path) -> list[Path]:
    """List the folders of a root's candidates, oldest first, unfinished ones among them."""
    parent = resolved(root) / CANDIDATES
    if not parent.is_dir():
        return []
    found = [each for each in parent.iterdir() if ID.fullmatch(each.name) and each.is_dir()]
    return sorted(found, key=_number)


def candidates(root: Path) -> list[Candidate]:
    """List the whole candidates of a root, oldest first, published ones among them.

    Raises:
        BundleError: if a record was altered.
    """
    return [Candidate.open(root, each) for each in folders(root) if _is_whole(each)]


def _is_whole(folder: Path) -> bool:
    return (folder / RECORD).is_file()


def _number(folder: Path) -> int:
    return int(folder.name.partition("-")[0])


def _next(root: Path) -> int:
    return max(map(_number, folders(root)), default=0) + 1


def remove_unfinished(root: Path) -> list[str]:
    """Remove what dead processes have not completed, or not removed to its end; returns the ids.

    Callers hold the lock of ``.candidates``.
    """
    gone = []
    for folder in folders(root):
        lock = FileLock(folder / "lock")
        if not _is_whole(folder) and lock.try_acquire():
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()
            gone.append(folder.name)
    for removed in (resolved(root) / CANDIDATES).glob(f"{REMOVED}*"):
        shutil.rmtree(removed, ignore_errors=True)
    return gone
