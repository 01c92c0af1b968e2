"""From a run to a published version, by the commands, with TensorFlow's part of the proof."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

from model.bundle import Bundle, Pointer, promote, read_pointer, versions
from model.bundle.candidate import Candidate, staged
from model.bundle.gates_file import GateResult, GatesReport, write_gates
from model.bundle.publish import publish
from model.cli import app
from model.errors import BundleError, CheckFailedError
from model.export import Exported, Run, verify_scores
from model.export.saved_model import save_model
from model.export.served_model import ServedModel
from model.folding import fold
from tests.model.export.small_run import SPEC, make_run, save_run
from tests.model.export.test_verify import seal_again

PASSED = (GateResult("auc", True, {"auc": 0.7}, {"least": 0.6}, "0.7 is not less than 0.6"),)


def command(*arguments: object) -> tuple[int, dict, str]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    last = result.stdout.splitlines()[-1] if result.stdout else "{}"
    return result.exit_code, json.loads(last), result.stderr


def test_a_run_is_staged_gated_published_and_promoted(run: Run, prepared: Path, tmp_path: Path):
    save_run(run, tmp_path / "run")
    root = tmp_path / "releases"
    code, made, said = command(
        "export", "--run", tmp_path / "run", "--root", root, "--data", prepared, "--stage"
    )
    assert code == 0, said
    candidate = Candidate.open(root, made["candidate"])
    assert made["path"] == str(candidate.bundle)
    assert made["next"].endswith(candidate.id)
    assert versions(root / "dynint") == []
    # A root of its own: the commands take it as any other.
    code, checked, said = command("verify", "--root", candidate.root)
    assert (code, checked["manifest_digest"]) == (0, candidate.manifest_digest), said
    code, _, said = command("publish", candidate.id, "--root", root)
    assert code == 1
    assert "--ungated publishes without" in said
    write_gates(candidate.bundle, GatesReport(candidate.manifest_digest, True, PASSED))
    for already in (False, True):
        code, done, said = command("publish", candidate.id, "--root", root)
        assert code == 0, said
        assert (done["version"], done["already"], done["gates"]) == ("1", already, "passed")
    code, _, said = command("promote", "1", "--root", root)
    assert code == 0, said
    assert read_pointer(root / "dynint") == Pointer("1")
    Bundle.open(root / "dynint" / "1", full=True)


def test_to_stage_and_to_promote_exclude_each_other(tmp_path: Path):
    code, _, said = command("export", "--run", tmp_path, "--stage", "--promote")
    assert code == 2
    assert "give at most one" in said


@pytest.fixture
def root(exported: Exported, tmp_path: Path) -> Path:
    """A root with the exported version live."""
    shutil.copytree(exported.path.parent, tmp_path / "root" / "dynint")
    promote(tmp_path / "root" / "dynint", exported.version)
    return tmp_path / "root"


def sabotaged(root: Path, exported: Exported, what: str) -> Candidate:
    """Stage a bundle whose manifest, gates and digests are right and whose scores are not."""
    with staged(root, "dynint") as folder:
        path = shutil.copytree(exported.path, folder / "dynint" / "1")
        if what == "weights":
            folded = fold(make_run().model.network, sides=SPEC.sides)
            folded.variables[0].assign(tf.fill(folded.variables[0].shape, np.nan))
            shutil.rmtree(path / "variables")
            save_model(ServedModel(folded, SPEC), path)
        elif what == "rows":
            rows = np.load(path / "embeddings" / "rows.npy")
            np.save(path / "embeddings" / "rows.npy", rows * np.float32(1.01))
        else:
            golden = json.loads((path / "golden.json").read_text())
            golden["logits"][3] += 0.01
            (path / "golden.json").write_text(json.dumps(golden))
        seal_again(path)
    candidate = Candidate.open(root, folder)
    write_gates(candidate.bundle, GatesReport(candidate.manifest_digest, True, PASSED))
    return candidate


@pytest.mark.parametrize("what", ["weights", "rows", "golden"])
def test_19_weights_that_are_nan_or_wrong_are_refused_before_the_flip(
    root: Path, exported: Exported, what: str
):
    candidate = sabotaged(root, exported, what)
    before = (root / "dynint" / "current.json").read_bytes()
    with pytest.raises((BundleError, CheckFailedError), match=r"finite|logits must agree"):
        publish(candidate, verify_scores)
    assert versions(root / "dynint") == [int(exported.version)]
    assert (root / "dynint" / "current.json").read_bytes() == before
    assert candidate.bundle.is_dir()
