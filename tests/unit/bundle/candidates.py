"""Candidates of small bundles, and what can be seen of a root."""

from pathlib import Path

from model.bundle import Bundle, read_pointer, versions
from model.bundle.candidate import Candidate, staged
from model.bundle.gates_file import GateResult, GatesReport, write_gates
from tests.unit.bundle.small_bundle import write_bundle, write_manifest

PASSED = GateResult("auc", True, {"auc": 0.75}, {"least": 0.7}, "0.75 is not less than 0.7")
FAILED = GateResult("bias", False, {"ratio": 1.4}, {"most": 1.1}, "1.4 is more than 1.1")


def stage(root: Path, *gates: GateResult, name: str = "dynint") -> Candidate:
    """Make a candidate, with the record of its gates if some are given."""
    with staged(root, name) as folder:
        write_bundle(folder / name / "1", name)
        golden = folder / name / "1" / "golden.json"  # so that no two exports are the same
        golden.write_text(golden.read_text().replace("by hand", folder.name))
        write_manifest(folder / name / "1", name)
    candidate = Candidate.open(root, folder)
    if gates:
        passed = all(gate.passed for gate in gates)
        write_gates(candidate.bundle, GatesReport(candidate.manifest_digest, passed, gates))
    return candidate


def proven(bundle: Bundle) -> None:
    """Stand where TensorFlow scores the golden batch: small bundles have no SavedModel."""


def check_whole(model_dir: Path) -> list[int]:
    """Open every version in full, and what the pointer names; returns the versions."""
    there = versions(model_dir)
    for version in there:
        Bundle.open(model_dir / str(version), full=True)
    pointer = read_pointer(model_dir)
    if pointer is not None:
        assert pointer.versions <= set(there)
    return there
