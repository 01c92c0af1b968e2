"""A bundle of a few hundred bytes, complete but for the SavedModel, which nothing here loads."""

from pathlib import Path

import numpy as np

from model.bundle import EmbeddingTable, FileDigest, Golden, Manifest
from model.bundle.paths import regular_files
from model.features import FeatureSpec, Field

SPEC = FeatureSpec((Field("C1", "categorical", "context"), Field("C2", "categorical")), 1)

TABLE = EmbeddingTable(
    fingerprints=np.array([10, 20, 2**63 + 30], np.uint64),
    index=np.array([1, -1, 0], np.int32),
    rows=np.array([[1, 2], [3, 4]], np.float32),
    oov=np.array([[5, 6], [7, 8]], np.float32),
)


def write_bundle(folder: Path, name: str = "dynint", chunk_bytes: int = 2**26) -> Path:
    """Write the bundle into a folder, which is created."""
    for below in ("variables", "embeddings", "assets.extra"):
        (folder / below).mkdir(parents=True)
    generator = np.random.default_rng(0)
    (folder / "saved_model.pb").write_bytes(generator.bytes(500))
    (folder / "variables/variables.data-00000-of-00001").write_bytes(generator.bytes(700))
    (folder / "variables/variables.index").write_bytes(generator.bytes(50))
    (folder / "assets.extra/tf_serving_warmup_requests").write_bytes(generator.bytes(90))
    SPEC.save(folder / "feature_spec.json")
    TABLE.save(folder / "embeddings")
    Golden(({"C1": "a"},), (0.25,), "by hand").save(folder)
    write_manifest(folder, name, chunk_bytes)
    return folder


def write_manifest(folder: Path, name: str = "dynint", chunk_bytes: int = 2**26) -> None:
    """Write a manifest of whatever the folder holds."""
    (folder / "manifest.json").unlink(missing_ok=True)
    Manifest(
        name=name,
        model={"name": "xdeepint", "config": {}, "fields": 2, "row_width": 2, "folded": {}},
        spec_digest=SPEC.digest,
        metrics={"test": {"auc": 0.75}},
        data_digest=None,
        certificate={"max_relative_difference": 1e-7},
        table={"levels": 3, "kept": 2, "pruned": 1, "bytes": 64},
        signatures=("serving_default",),
        files={
            path: FileDigest.measure(folder / path, chunk_bytes) for path in regular_files(folder)
        },
        chunk_bytes=chunk_bytes,
    ).write(folder)
