"""The SHA-256 of a file, and of each of its chunks where it is big."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from model.errors import BundleError

CHUNK_BYTES = 64 * 2**20
_READ_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a file must be: its size in bytes and its SHA-256 in hex.

    ``sha256`` is the plain digest of the whole file (what ``sha256sum`` prints). A file of more
    than one chunk also has one digest per chunk, so that chunks can be checked apart, in parallel,
    and damage be located.
    """

    size: int
    sha256: str
    chunks: tuple[str, ...] = ()

    @classmethod
    def measure(cls, path: Path, chunk_bytes: int = CHUNK_BYTES) -> Self:
        """Read a file once and digest it."""
        whole = hashlib.sha256()
        chunks = []
        size = path.stat().st_size
        with path.open("rb", buffering=0) as file:
            for start in range(0, size, chunk_bytes):
                chunk = hashlib.sha256()
                left = min(chunk_bytes, size - start)
                while left and (piece := file.read(min(_READ_BYTES, left))):
                    whole.update(piece)
                    if size > chunk_bytes:
                        chunk.update(piece)
                    left -= len(piece)
                chunks.append(chunk.hexdigest())
        return cls(size, whole.hexdigest(), tuple(chunks) if size > chunk_bytes else ())

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read it from a manifest."""
        return cls(int(content["size"]), str(content["sha256"]), tuple(content.get("chunks", ())))

    def to_json(self) -> dict[str, Any]:
        """Write it for a manifest."""
        content: dict[str, Any] = {"size": self.size, "sha256": self.sha256}
        return content | ({"chunks": list(self.chunks)} if self.chunks else {})

    def parts(self, chunk_bytes: int) -> list[tuple[int, int, str]]:
        """List ``(offset, length, SHA-256)`` of parts that together cover the file."""
        if not self.chunks:
            return [(0, self.size, self.sha256)]
        return [
            (start, min(chunk_bytes, self.size - start), digest)
            for start, digest in zip(range(0, self.size, chunk_bytes), self.chunks, strict=True)
        ]


def check_part(path: Path, offset: int, length: int, expected: str) -> None:
    """Check one part of a file.

    Raises:
        BundleError: if the part's SHA-256 is not ``expected`` or the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            position, end = offset, offset + length
            while position < end:
                piece = os.pread(descriptor, min(_READ_BYTES, end - position), position)
                if not piece:
                    break
                digest.update(piece)
                position += len(piece)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
    if digest.hexdigest() != expected:
        where = f" in bytes {offset:,} to {offset + length:,}" if offset or length < 0 else ""
        raise BundleError(f"{path}: its SHA-256 is not the manifest's{where}; it was altered")
