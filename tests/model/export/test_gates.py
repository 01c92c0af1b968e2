"""The signature that measures the gates, and its check."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model.bundle import Bundle
from model.errors import CheckFailedError
from model.export import Exported, Run, export, verify_bundle
from tests.model.export.small_run import make_run
from tests.model.export.test_verify import read_manifest, seal_again


def test_the_manifest_tells_of_every_gate_and_verify_measures_it_again(exported: Exported):
    manifest = Bundle.open(exported.path).manifest
    assert manifest.gated_layers == ("1", "2")
    for gate in manifest.gates:
        assert (gate["kind"], gate["outputs"]) == ("linear", 64)
        assert gate["low"] < gate["high"]
        assert 0.0 < gate["sample"] < 0.03
    _, report = verify_bundle(exported.path)
    expected = {str(gate["layer"]): gate["golden"] for gate in manifest.gates}
    assert report["gate_saturation"] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", ["dynint_da", "dynint_dwp"])
def test_every_network_with_gates_has_the_signature(name: str, tmp_path: Path):
    done = export(make_run(name), tmp_path, "ctr")
    assert "gates" in done.manifest.signatures
    signature = tf.saved_model.load(str(done.path)).signatures["gates"]
    for rows in (0, 1, 5):
        found = signature(embeddings=tf.zeros((rows, 4, 4)))["saturation"].numpy()
        assert (found.shape, found.dtype) == ((rows, 2), np.float32)
        assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("name", ["lr", "xdeepint"])
def test_a_network_without_gates_has_none(name: str, tmp_path: Path):
    manifest = export(make_run(name), tmp_path, "ctr").manifest
    assert "gates" not in manifest.signatures
    assert manifest.gates == ()
    assert manifest.gated_layers == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda gates: [{**gates[0], "golden": gates[0]["golden"] + 0.01}, gates[1]], "layer 1"),
        (lambda gates: gates[:1], "gates: must give a share"),
    ],
)
def test_a_signature_that_measures_something_else_is_refused(
    exported: Exported, tmp_path: Path, change, said: str
):
    path = shutil.copytree(exported.path, tmp_path / "dynint" / "3")
    manifest = read_manifest(path)
    (path / "manifest.json").unlink()
    replace(manifest, gates=tuple(change(manifest.gates))).write(path)
    seal_again(path)
    with pytest.raises(CheckFailedError, match=said):
        verify_bundle(path)


def test_a_manifest_of_before_there_were_gates_is_read(run: Run, tmp_path: Path):
    from model.bundle.manifest import Manifest
    from model.bundle.sealed_json import write_sealed
    from tests.unit.bundle.small_bundle import write_bundle

    folder = write_bundle(tmp_path / "dynint" / "1")
    path = folder / "manifest.json"
    content = Manifest.from_bytes(path.read_bytes(), path).to_json()
    del content["gates"]
    path.unlink()
    write_sealed(path, content)
    bundle = Bundle.open(folder)
    assert bundle.manifest.gates == ()
    assert bundle.manifest.gated_layers == ()
