"""Releases on disk, without TensorFlow: bundles, their checks, and the pointer to the live one."""

from model.bundle.bundle import Bundle
from model.bundle.canary import Canary
from model.bundle.embedding_table import PRESENT, PRUNED, UNSEEN, EmbeddingTable
from model.bundle.file_digest import FileDigest
from model.bundle.golden import TOLERANCE, Golden, relative_difference
from model.bundle.manifest import GATE_SIGNATURE, Manifest
from model.bundle.model_dir import model_lock
from model.bundle.paths import bundle_folder, model_folder, versions
from model.bundle.pointer import Pointer, read_pointer, write_pointer
from model.bundle.release import promote, rollback
from model.bundle.staging import Staging
from model.bundle.trial import end_canary, evidence_path, read_evidence, start_canary

__all__ = [
    "GATE_SIGNATURE",
    "PRESENT",
    "PRUNED",
    "TOLERANCE",
    "UNSEEN",
    "Bundle",
    "Canary",
    "EmbeddingTable",
    "FileDigest",
    "Golden",
    "Manifest",
    "Pointer",
    "Staging",
    "bundle_folder",
    "end_canary",
    "evidence_path",
    "model_folder",
    "model_lock",
    "promote",
    "read_evidence",
    "read_pointer",
    "relative_difference",
    "rollback",
    "start_canary",
    "versions",
    "write_pointer",
]
