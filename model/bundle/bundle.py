"""A release on disk."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from model.bundle.embedding_table import EmbeddingTable
from model.bundle.golden import Golden
from model.bundle.manifest import MANIFEST, Manifest
from model.bundle.paths import VERSION, regular_files, resolved
from model.bundle.stamp import stamp_is_valid, stamp_path, write_stamp
from model.bundle.verification import check_bytes, check_gates, check_names
from model.errors import BundleError, InvalidInputError
from model.features import FeatureSpec
from model.os_errors import in_words
from model.regular_file import read_regular

SPEC = "feature_spec.json"
EMBEDDINGS = "embeddings"


@dataclass(frozen=True, eq=False)
class Bundle:
    """One version of a model, checked before use: manifest, FeatureSpec, table and SavedModel.

    Attributes:
        path: the version's folder, which is the SavedModel's too.
        version: its number, the folder's name.
        manifest: what the bundle says of itself.
        manifest_digest: SHA-256 of ``manifest.json`` in hex: the identity of the release.
        spec: the fields, in order.
        table: the memory-mapped embedding table.
    """

    path: Path
    version: int
    manifest: Manifest
    manifest_digest: str
    spec: FeatureSpec
    table: EmbeddingTable

    @property
    def name(self) -> str:
        """Name of the release, as in requests."""
        return self.manifest.name

    def golden(self) -> Golden:
        """Read the golden batch.

        Raises:
            BundleError: if it does not have its form.
        """
        return Golden.load(self.path)

    @classmethod
    def open(
        cls,
        path: Path | str,
        full: bool = False,
        advance: Callable[[int], None] | None = None,
    ) -> Self:
        """Check a bundle and map its table.

        Always checked: the manifest's seal, that the folder holds exactly the manifest's files with
        their sizes and no symlink, the digest of every file of at most one chunk (64 MiB) and of
        both ends of bigger ones, the FeatureSpec's digest, and the arrays' types and shapes. Every
        remaining byte is read too unless the stamp of an earlier full verification is valid for
        these very files (see ``model.bundle.stamp``). What needs TensorFlow (finite weights, the
        golden batch) is ``dynint verify``'s part.

        Args:
            path: the version's folder.
            full: read every byte whatever the stamp says, and check the table's order and numbers.
            advance: is told how many bytes were read, if given.

        Raises:
            BundleError: naming the file and what is wrong with it.
        """
        folder = Path(path)
        folder = resolved(folder.parent) / folder.name
        if not VERSION.fullmatch(folder.name):
            raise BundleError(f"{folder}: the folder of a bundle is named by its version, a number")
        files = regular_files(folder)
        if MANIFEST not in files:
            raise BundleError(f"{folder / MANIFEST}: is missing, so this is no bundle")
        try:
            data = read_regular(folder / MANIFEST)
        except OSError as error:
            raise BundleError(f"{folder / MANIFEST}: cannot be read: {in_words(error)}") from error
        manifest, digest = (
            Manifest.from_bytes(data, folder / MANIFEST),
            hashlib.sha256(data).hexdigest(),
        )
        check_names(folder, manifest, files)
        check_gates(folder, digest)
        stamped = not full and stamp_is_valid(stamp_path(folder), digest, files)
        check_bytes(folder, manifest, not stamped, advance)
        spec = _spec(folder, manifest)
        table = EmbeddingTable.open(folder / EMBEDDINGS)
        _check_sizes(folder, manifest, spec, table)
        if full:
            table.check()
        return cls(folder, int(folder.name), manifest, digest, spec, table)

    def stamp(self, model_dir: Path | None = None) -> None:
        """Record that this bundle was verified in full, for ``open`` to rely on.

        Args:
            model_dir: where the bundle will be renamed to; by default where it is.
        """
        path = stamp_path(self.path, model_dir)
        write_stamp(path, self.manifest_digest, regular_files(self.path))


def _spec(folder: Path, manifest: Manifest) -> FeatureSpec:
    try:
        spec = FeatureSpec.load(folder / SPEC)
    except (InvalidInputError, OSError) as error:
        raise BundleError(f"{folder / SPEC}: cannot be used: {error}") from error
    if spec.digest != manifest.spec_digest:
        raise BundleError(
            f"{folder / SPEC}: its digest must be the manifest's {manifest.spec_digest}; "
            f"it is {spec.digest}"
        )
    return spec


def _check_sizes(
    folder: Path, manifest: Manifest, spec: FeatureSpec, table: EmbeddingTable
) -> None:
    wanted = len(spec.fields), int(manifest.model["row_width"])
    if (table.fields, table.width) != wanted:
        raise BundleError(
            f"{folder / EMBEDDINGS}: must have one OOV row for each of {wanted[0]} fields, of "
            f"width {wanted[1]}; found {table.fields} of width {table.width}"
        )
