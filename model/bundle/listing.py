"""What versions a release root has, and what is known of each."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model.bundle.gates_file import read_gates
from model.bundle.manifest import MANIFEST, Manifest
from model.bundle.paths import versions
from model.bundle.pointer import Pointer, read_pointer
from model.errors import BundleError, InvalidInputError
from model.os_errors import in_words
from model.regular_file import read_regular


@dataclass(frozen=True)
class Listed:
    """A version, by its manifest and the pointer. Its bytes were not read.

    Attributes:
        version: its digits.
        state: ``live``, ``previous``, ``canary``, ``awaited`` or ``kept``.
        created: ISO 8601, UTC.
        model: the network's name.
        bytes: of all its files.
        auc: of the test split, if training measured it.
        log_loss: likewise.
        gates: ``passed``, ``failed`` or ``ungated``.
        digest: SHA-256 of its manifest.
        problem: why the others are unknown; empty if they are not.
    """

    version: str
    state: str
    created: str | None = None
    model: str | None = None
    bytes: int | None = None
    auc: float | None = None
    log_loss: float | None = None
    gates: str | None = None
    digest: str | None = None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Write it as a JSON object."""
        return asdict(self)


def list_versions(model_dir: Path) -> list[Listed]:
    """List the versions in a model's folder, newest first.

    Raises:
        InvalidInputError: if the folder is not there.
        BundleError: if the pointer cannot be read.
    """
    if not model_dir.is_dir():
        raise InvalidInputError(f"{model_dir}: there is no such folder, and so no version in it")
    pointer = read_pointer(model_dir)
    return [
        _listed(model_dir / str(version), _state(pointer, str(version)))
        for version in reversed(versions(model_dir))
    ]


def _state(pointer: Pointer | None, version: str) -> str:
    if pointer is None:
        return "kept"
    states = {
        pointer.awaited: "awaited",
        pointer.canary.version if pointer.canary else None: "canary",
        pointer.previous: "previous",
        pointer.current: "live",
    }
    return states.get(version, "kept")


def _listed(folder: Path, state: str) -> Listed:
    try:
        data = read_regular(folder / MANIFEST)
        manifest = Manifest.from_bytes(data, folder / MANIFEST)
        digest = hashlib.sha256(data).hexdigest()
        report = read_gates(folder, digest)
    except OSError as error:
        return Listed(folder.name, state, problem=f"{MANIFEST}: {in_words(error)}")
    except BundleError as error:
        return Listed(folder.name, state, problem=str(error))
    return Listed(
        version=folder.name,
        state=state,
        created=manifest.created,
        model=str(manifest.model.get("name")),
        bytes=manifest.size,
        auc=_figure(manifest.metrics, "auc"),
        log_loss=_figure(manifest.metrics, "log_loss"),
        gates=report.verdict if report else "ungated",
        digest=digest,
    )


def _figure(metrics: Mapping[str, Any], name: str) -> float | None:
    test = metrics.get("test")
    value = test.get(name) if isinstance(test, Mapping) else None
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
