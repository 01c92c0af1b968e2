"""What a bundle says of itself."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from model.bundle.file_digest import CHUNK_BYTES, FileDigest
from model.bundle.sealed_json import unseal, write_sealed
from model.errors import BundleError

SCHEMA = 1
MANIFEST = "manifest.json"
GATES = "gates.json"
GATE_SIGNATURE = "gates"
"""Signature that measures how far a model's gates are at their bounds."""

UNLISTED = frozenset({MANIFEST, GATES})
"""Files that the manifest does not list: itself, and what is bound to its digest later."""


def utc_now() -> str:
    """Tell the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Manifest:
    """Identity of a bundle: its origin, what was proven of it, and the digest of every file.

    The file is canonical JSON with a seal over its own content, so a change of any byte of it is
    found without a second file. The SHA-256 of its bytes is the identity of the release. The
    version is not in it: that is the folder's name, chosen when the bundle is renamed into its
    root.

    Attributes:
        name: name of the release, as in requests and in the root.
        model: ``{"name", "config", "fields", "row_width", "folded"}``.
        spec_digest: SHA-256 of the FeatureSpec.
        metrics: what training measured (validation, test).
        data_digest: digest of the prepared data, or ``None`` if unknown.
        certificate: how far the served graph is from the trained network, in what sample.
        table: counts ``levels``, ``kept``, ``pruned`` and ``bytes`` of the embedding table.
        signatures: names of the SavedModel's signatures.
        origin: the run's seed and versions, as far as known.
        files: relative path -> digest; everything but ``manifest.json`` and ``gates.json``.
        created: ISO 8601, UTC.
        gates: how far each gate is at its bounds in a sample and in the golden batch; empty for a
            network without gates, and in bundles of before there was such a signature.
    """

    name: str
    model: Mapping[str, Any]
    spec_digest: str
    metrics: Mapping[str, Any]
    data_digest: str | None
    certificate: Mapping[str, Any]
    table: Mapping[str, int]
    signatures: tuple[str, ...]
    files: Mapping[str, FileDigest]
    origin: Mapping[str, Any] = field(default_factory=dict)
    created: str = field(default_factory=utc_now)
    gates: tuple[Mapping[str, Any], ...] = ()
    chunk_bytes: int = CHUNK_BYTES
    schema: int = SCHEMA

    def to_json(self) -> dict[str, Any]:
        """Write it as plain JSON types."""
        content = asdict(self)
        content["signatures"] = list(self.signatures)
        content["gates"] = list(self.gates)
        content["files"] = {name: digest.to_json() for name, digest in self.files.items()}
        return content

    @classmethod
    def from_bytes(cls, data: bytes, path: Path) -> Self:
        """Read a manifest.

        Raises:
            BundleError: if any byte was altered, or the schema is not this one.
        """
        content = unseal(data, path)
        if content.get("schema") != SCHEMA:
            raise BundleError(
                f"{path}: schema must be {SCHEMA}; received {content.get('schema')!r}. "
                "Use the dynint that wrote this bundle, or export it again"
            )
        try:
            content["files"] = {
                name: FileDigest.from_json(digest) for name, digest in content["files"].items()
            }
            content["signatures"] = tuple(content["signatures"])
            content["gates"] = tuple(dict(gate) for gate in content.get("gates", ()))
            return cls(**content)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"{path}: does not have the form of schema {SCHEMA}: {error}"
            ) from error

    def write(self, folder: Path) -> str:
        """Write ``manifest.json`` and return its digest, the identity of the release."""
        return write_sealed(folder / MANIFEST, self.to_json())

    @property
    def gated_layers(self) -> tuple[str, ...]:
        """Names of the layers that the signature of the gates measures; none without it."""
        if GATE_SIGNATURE not in self.signatures:
            return ()
        return tuple(str(gate["layer"]) for gate in self.gates)

    @property
    def size(self) -> int:
        """Bytes of all listed files."""
        return sum(digest.size for digest in self.files.values())
