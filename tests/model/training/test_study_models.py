"""What a study reads from trained models."""

from pathlib import Path

import numpy as np
import pytest

from model.features import FeatureSpec, Vocabulary
from model.trained import TrainedModel
from model.zoo import build_network
from tests.model.training.prepared import write_prepared
from training.compare.runs import RunResult
from training.study.kernel_spectra import CHANGE, START, TRAINED, kernel_spectra
from training.study.mean_cosine import mean_cosine


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[FeatureSpec, Vocabulary]:
    folder = write_prepared(tmp_path_factory.mktemp("data"), {"test": 4}, levels=3)
    return (
        FeatureSpec.load(folder / "feature_spec.json"),
        Vocabulary.load(folder / "vocabulary.npz"),
    )


def trained(parts: tuple[FeatureSpec, Vocabulary], name: str, **config: object) -> TrainedModel:
    spec, vocabulary = parts
    network = build_network(name, 4, {"dim": 4, "subspaces": 2, "layers": 2, **config}, seed=5)
    table = np.random.default_rng(1).normal(size=(vocabulary.n_rows, 4)).astype(np.float32)
    return TrainedModel(network, table, spec, vocabulary)


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Absolute cosines of all pairs of rows."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.abs(units @ units.T)[np.triu_indices(len(units), k=1)]


def test_the_cosine_of_generated_parameters_is_that_of_their_columns(parts):
    model = trained(parts, "dynint_dgp", kernel_size=3)
    layers = model.network.interactions
    expected = [cosines(np.asarray(matrix).T) for layer in layers for matrix in (layer.U, layer.V)]
    found = mean_cosine(model, np.zeros((2, 4), np.int32))
    assert found == pytest.approx(np.mean(expected), rel=1e-5)


def test_the_cosine_of_weighted_parameters_is_the_mean_over_instances(parts):
    model = trained(parts, "dynint_dwp", latent_rank=2)
    layers = model.network.interactions
    ids = np.arange(12).reshape(3, 4)
    expected = []
    for layer in layers:
        gate = np.asarray(layer.gate(model.table[ids])) + layer.offset  # (3, 2 K rows)
        for vectors in gate.reshape(3, 2, 2, -1):
            expected += [cosines(vectors[0]), cosines(vectors[1])]
    assert mean_cosine(model, ids) == pytest.approx(np.mean(expected), rel=1e-4)


def test_without_pairs_of_vectors_there_is_no_cosine(parts):
    ids = np.zeros((2, 4), np.int32)
    assert mean_cosine(trained(parts, "xdeepint"), ids) is None
    assert mean_cosine(trained(parts, "dynint_dwp", latent_rank=1), ids) is None


def test_singular_values_are_those_of_each_layers_matrix_and_of_its_change(parts, tmp_path: Path):
    model = trained(parts, "xdeepint")
    first, second = model.network.interactions
    start = np.asarray(second.kernel).copy()
    first.kernel.assign(np.diag(np.arange(8.0)))
    second.kernel.assign(start + 1.0)  # of rank one
    model.save(tmp_path / "model")
    found = kernel_spectra(RunResult("Int", 5, tmp_path, {}))
    np.testing.assert_allclose(found[0][TRAINED].values, np.arange(8.0)[::-1], atol=1e-6)
    np.testing.assert_allclose(
        found[1][START].values, np.linalg.svd(start, compute_uv=False), rtol=1e-5
    )
    np.testing.assert_allclose(found[1][CHANGE].values, [8, *[0] * 7], atol=1e-5)
