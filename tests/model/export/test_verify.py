import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model.bundle import Bundle, FileDigest, Golden
from model.bundle.paths import regular_files
from model.errors import BundleError, CheckFailedError
from model.export import Exported, verify_bundle
from model.export.certificate import certify
from model.export.saved_model import save_model
from model.export.served_model import ServedModel
from model.folding import fold
from tests.model.export.small_run import SPEC, make_run


@pytest.fixture
def path(exported: Exported, tmp_path: Path) -> Path:
    return shutil.copytree(exported.path, tmp_path / "dynint" / "3")


def seal_again(path: Path) -> None:
    """Write the manifest that a careless or malicious exporter would have written."""
    manifest = read_manifest(path)
    (path / "manifest.json").unlink()
    files = {name: FileDigest.measure(path / name) for name in regular_files(path)}
    replace(manifest, files=files).write(path)


def read_manifest(path: Path):
    from model.bundle import Manifest

    return Manifest.from_bytes((path / "manifest.json").read_bytes(), path / "manifest.json")


def test_a_good_bundle_passes(path: Path):
    bundle, report = verify_bundle(path)
    assert report["golden_rows"] == 64
    assert report["golden_max_relative_difference"] < 1e-5
    assert report["tokens_max_relative_difference"] < 1e-5
    assert report["rank_max_relative_difference"] < 1e-5
    assert sum(report["golden_levels"].values()) == 64 * 4
    assert report["golden_levels"]["pruned"] > 0
    assert report["golden_levels"]["unseen"] > 0
    bundle.stamp()
    assert Bundle.open(path).manifest_digest == report["manifest_digest"]


def test_any_flipped_bit_is_found_and_its_file_named(path: Path):
    for name in regular_files(path):
        data = (path / name).read_bytes()
        generator = np.random.default_rng(len(data))
        places = {0, len(data) - 1, *generator.integers(0, len(data), 25).tolist()}
        for place in sorted(places):
            flipped = bytearray(data)
            flipped[place] ^= 1 << int(generator.integers(8))
            (path / name).write_bytes(flipped)
            with pytest.raises(BundleError, match=Path(name).name):
                verify_bundle(path)
        (path / name).write_bytes(data)
    Bundle.open(path, full=True)


def test_variables_that_are_not_finite_are_found_behind_a_valid_manifest(path: Path):
    run = make_run()
    folded = fold(run.model.network, sides=SPEC.sides)
    folded.variables[0].assign(tf.fill(folded.variables[0].shape, np.nan))
    shutil.rmtree(path / "variables")
    save_model(ServedModel(folded, SPEC), path)
    seal_again(path)
    with pytest.raises(BundleError, match=r"variables: .* must be finite"):
        verify_bundle(path)


@pytest.mark.parametrize("name", ["rows", "oov"])
def test_rows_that_are_not_finite_are_found_behind_a_valid_manifest(path: Path, name: str):
    file = path / "embeddings" / f"{name}.npy"
    array = np.load(file)
    array[-1, 0] = np.inf
    np.save(file, array)
    seal_again(path)
    with pytest.raises(BundleError, match=rf"{name}\.npy: must be finite"):
        verify_bundle(path)


def test_weights_of_another_model_do_not_reproduce_the_golden_batch(path: Path):
    shutil.rmtree(path / "variables")
    save_model(ServedModel(fold(make_run(scale=0.2).model.network, sides=SPEC.sides), SPEC), path)
    manifest = read_manifest(path)
    (path / "manifest.json").unlink()
    left = ("rank", "rank_half", "serving_default", "serving_half")
    replace(manifest, signatures=left).write(path)
    seal_again(path)
    with pytest.raises(CheckFailedError, match=r"golden\.json: logits must agree"):
        verify_bundle(path)


def test_a_row_that_is_not_the_trained_one_is_found_by_the_golden_batch(path: Path):
    file = path / "embeddings" / "rows.npy"
    np.save(file, np.load(file) * np.float32(1.01))
    seal_again(path)
    with pytest.raises(CheckFailedError, match=r"golden\.json"):
        verify_bundle(path)


def test_a_golden_batch_that_does_not_fit_the_spec_is_named(path: Path):
    Golden(({"C9": "a"},), (0.0,), "by hand").save(path)
    seal_again(path)
    with pytest.raises(BundleError, match=r"golden\.json: does not fit the spec"):
        verify_bundle(path)


def test_a_spec_that_is_not_the_manifest_s_is_named(path: Path):
    spec = json.loads((path / "feature_spec.json").read_text())
    spec["min_count"] = 3
    (path / "feature_spec.json").write_text(json.dumps(spec))
    seal_again(path)
    with pytest.raises(BundleError, match=r"feature_spec\.json: its digest must be"):
        verify_bundle(path)


def test_signatures_that_the_manifest_does_not_name_are_refused(path: Path):
    save_model(
        ServedModel(fold(make_run().model.network, sides=SPEC.sides), SPEC), path
    )  # without tokens
    seal_again(path)
    with pytest.raises(BundleError, match="must offer"):
        verify_bundle(path)


def test_a_savedmodel_that_cannot_be_loaded_is_refused(path: Path):
    (path / "saved_model.pb").write_bytes(b"\xff" * 100)
    seal_again(path)
    with pytest.raises(BundleError, match="cannot be loaded"):
        verify_bundle(path)


def test_the_certificate_refuses_a_difference_over_its_threshold(exported: Exported):
    embeddings = np.ones((3, 4, 4), np.float32)
    signature = tf.saved_model.load(str(exported.path)).signatures["serving_default"]
    logits = signature(embeddings=embeddings)["logit"].numpy().astype(np.float64)
    good = certify(exported.path, embeddings, logits, "by hand")
    assert (good["rows"], good["max_relative_difference"]) == (3, 0.0)
    logits[1] += 2e-5 * max(1.0, abs(logits[1]))
    with pytest.raises(CheckFailedError, match="the worst differs by 2e-05"):
        certify(exported.path, embeddings, logits, "by hand")
    with pytest.raises(CheckFailedError, match="must be finite"):
        certify(exported.path, embeddings, np.full(3, np.nan), "by hand")
