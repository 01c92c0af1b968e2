"""Which version is live: ``current.json`` beside the versions, and its one writer.

The writer keeps ``tf_serving.config`` in step (see ``model.bundle.serving_config``).
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from model.bundle.canary import Canary
from model.bundle.durable import replace_file
from model.bundle.paths import check_version
from model.bundle.serving_config import narrow, widen
from model.errors import BundleError, CheckFailedError, InvalidInputError
from model.os_errors import in_words
from model.regular_file import read_regular

CURRENT = "current.json"


@dataclass(frozen=True)
class Pointer:
    """The live version, the one before it, the canary, and what is about to be promoted.

    Attributes:
        current: digits of the live version.
        previous: digits of the version that ``rollback`` goes back to, if any.
        canary: the version on trial, if any.
        awaited: digits of the version that ``dynint promote`` waits for, if any: model servers
            load it, nobody asks for it yet.

    Raises:
        InvalidInputError: if a version does not match ``[1-9][0-9]*``.
    """

    current: str
    previous: str | None = None
    canary: Canary | None = None
    awaited: str | None = None

    def __post_init__(self) -> None:
        for name in ("current", "previous", "awaited"):
            version = getattr(self, name)
            if version is None and name != "current":
                continue
            if not isinstance(version, str):
                raise InvalidInputError(f"{name}: must be a string of digits")
            check_version(version)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read it from a JSON object; keys it does not know are left alone.

        Raises:
            InvalidInputError: if a key is missing or breaks its rule.
        """
        if not isinstance(content, Mapping) or "current" not in content:
            raise InvalidInputError("must be an object with the key 'current'")
        canary = content.get("canary")
        if canary is not None:
            if not isinstance(canary, Mapping) or not {"version", "share"} <= canary.keys():
                raise InvalidInputError("canary: must be null or hold 'version' and 'share'")
            canary = Canary(canary["version"], canary["share"])
        return cls(content["current"], content.get("previous"), canary, content.get("awaited"))

    def to_json(self) -> dict[str, Any]:
        """Write it as a JSON object; ``awaited`` only while there is one."""
        content = asdict(self)
        if self.awaited is None:
            del content["awaited"]
        return content

    @property
    def versions(self) -> frozenset[int]:
        """The versions that it names: to be served, and never to be removed."""
        canary = self.canary.version if self.canary else None
        named = (self.current, self.previous, canary, self.awaited)
        return frozenset(int(version) for version in named if version)

    @property
    def labels(self) -> dict[str, int]:
        """TF Serving's labels: ``stable`` and, while there is one, ``canary``."""
        labels = {"stable": int(self.current)}
        return labels | ({"canary": int(self.canary.version)} if self.canary else {})


def read_pointer(model_dir: Path) -> Pointer | None:
    """Read ``current.json``; ``None`` if nothing was ever promoted.

    Raises:
        BundleError: if it is there and cannot be used.
    """
    path = model_dir / CURRENT
    try:
        return Pointer.from_json(json.loads(read_regular(path)))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {in_words(error)}") from error
    except (ValueError, RecursionError) as error:  # InvalidInputError is a ValueError
        raise BundleError(
            f"{path}: is not a valid pointer: {error}. Put back a copy of it, or delete it "
            "and run dynint promote"
        ) from error


def write_pointer(model_dir: Path, pointer: Pointer) -> None:
    """Replace ``current.json``: a reader, also after a power cut, sees the old pointer or the new.

    TF Serving's list is widened before and narrowed after. If it cannot be narrowed, it names more
    than is needed until the next write: that harms nobody, and the pointer is moved.

    Callers hold ``model_lock``, so that no decision is lost.

    Raises:
        InvalidInputError: if it cannot be written; its text says which pointer then stands.
    """
    data = json.dumps(pointer.to_json(), indent=2).encode()
    try:
        before = widen(model_dir, pointer.versions)
        replace_file(model_dir / CURRENT, data + b"\n")
    except OSError as error:
        raise InvalidInputError(
            f"{model_dir / CURRENT}: cannot be written: {in_words(error)}; "
            + _what_stands(model_dir, pointer)
        ) from error
    with suppress(OSError):
        narrow(model_dir, pointer.versions, pointer.labels, before)


def _what_stands(model_dir: Path, wanted: Pointer) -> str:
    """Tell whether a write that failed has moved the pointer: only its last step can."""
    try:
        moved = read_pointer(model_dir) == wanted
    except BundleError:
        moved = False
    if moved:
        return "the new pointer stands, and a power cut may undo it: run this again"
    return "the old pointer stands"


def require_live(pointer: Pointer | None, version: str | None) -> None:
    """Go on only if a version is live; under the lock, so that nobody moves it meanwhile.

    Args:
        pointer: what stands.
        version: which; ``None`` if that does not matter.

    Raises:
        CheckFailedError: if another is.
    """
    live = None if pointer is None else pointer.current
    if version is not None and live != version:
        raise CheckFailedError(f"{CURRENT}: version {version} must be live; {live or 'none'} is")
