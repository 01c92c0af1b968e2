"""A trained model in memory and on disk."""

import json

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field, Vocabulary
from model.trained import TrainedModel
from model.trained.file_digests import write_digests
from model.zoo import ZOO, build_network
from tests.model.zoo.small import small_config

FIELDS = 3
INFO = {"seed": 7, "metrics": {"auc": 0.75}}


def small_spec():
    names = ("C1", "C2", "C3")
    return FeatureSpec(tuple(Field(name, "categorical", "context") for name in names), 1)


def small_model(name="dynint_dgp", seed=0, **config):
    spec = small_spec()
    counts = [
        (np.array([field + 1, field + 10], "uint64"), np.array([5, 6], "int64"))
        for field in range(FIELDS)
    ]
    vocabulary = Vocabulary.from_counts(spec, counts)
    network = build_network(name, FIELDS, small_config(name) | config, seed=seed)
    random = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        variable.assign(random.normal(size=variable.shape))
    table = random.normal(size=(vocabulary.n_rows, network.row_width)).astype("float32")
    return TrainedModel(network, table, spec, vocabulary, INFO)


def ids(model, rows=11):
    return np.random.default_rng(1).integers(0, len(model.table), (rows, FIELDS), "int32")


@pytest.mark.parametrize("name", ZOO)
def test_what_is_saved_is_loaded(name, tmp_path):
    model = small_model(name)
    model.save(tmp_path / "model")
    loaded = TrainedModel.load(tmp_path / "model")
    assert loaded.network.name_in_zoo == name
    assert loaded.network.config == model.network.config
    assert loaded.info == INFO
    assert loaded.spec == model.spec
    assert loaded.vocabulary.digest == model.vocabulary.digest
    np.testing.assert_array_equal(loaded.table, model.table)
    for key, variable in model.network.named_variables.items():
        np.testing.assert_array_equal(loaded.network.named_variables[key].numpy(), variable.numpy())
    np.testing.assert_array_equal(loaded.logits(ids(model)), model.logits(ids(model)))


def test_a_model_with_dropout_is_loaded_beside_another(tmp_path):
    model = small_model("dnn", dropout=0.5)
    model.save(tmp_path / "model")
    loaded = TrainedModel.load(tmp_path / "model", dtype="float64")
    np.testing.assert_allclose(loaded.logits(ids(model)), model.logits(ids(model)), rtol=1e-4)


@pytest.mark.parametrize("name", ZOO)
def test_a_float64_model_gives_what_the_float32_one_gives(name, tmp_path):
    model = small_model(name)
    model.save(tmp_path / "model")
    precise = TrainedModel.load(tmp_path / "model", dtype="float64").logits(ids(model))
    assert precise.dtype == np.float64
    scale = np.maximum(1, np.abs(precise))
    assert (np.abs(model.logits(ids(model)) - precise) / scale).max() < 1e-4


@pytest.mark.parametrize("batch", [1, 4, 11, 4096])
def test_logits_do_not_depend_on_the_batch(batch):
    model = small_model()
    np.testing.assert_allclose(
        model.logits(ids(model), batch), model.logits(ids(model)), rtol=1e-5, atol=1e-6
    )


def test_no_rows_give_no_logits():
    assert small_model().logits(np.zeros((0, FIELDS), "int32")).shape == (0,)


def test_the_files_are_those_documented_and_hold_no_pickle(tmp_path):
    model = small_model()
    model.save(tmp_path / "model")
    files = {"model.json", "dense.npz", "table.npy", "feature_spec.json", "vocabulary.npz"}
    files |= {"digests.json"}
    assert {file.name for file in (tmp_path / "model").iterdir()} == files
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]
    about = json.loads((tmp_path / "model" / "model.json").read_text())
    assert about.keys() == {"name", "fields", "config", "info"}
    with np.load(tmp_path / "model" / "dense.npz", allow_pickle=False) as dense:
        assert "interaction_0/gate/hidden_kernel" in dense
        assert all(dense[key].dtype == np.float32 for key in dense)


def test_a_model_is_replaced_whole(tmp_path):
    small_model(seed=0).save(tmp_path / "model")
    other = small_model("xdeepint", seed=1)
    other.save(tmp_path / "model")
    loaded = TrainedModel.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.table, other.table)
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]


def test_a_save_that_fails_leaves_the_old_model_and_nothing_else(tmp_path):
    model = small_model()
    model.save(tmp_path / "model")
    broken = small_model(seed=1)
    broken.info = {"auc": float("nan")}
    with pytest.raises(ValueError, match="JSON"):
        broken.save(tmp_path / "model")
    np.testing.assert_array_equal(TrainedModel.load(tmp_path / "model").table, model.table)
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]


def test_an_absent_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        TrainedModel.load(tmp_path / "none")


def test_parts_that_do_not_fit_are_refused():
    model = small_model()
    with pytest.raises(InvalidInputError, match=r"table: must have shape \(9, 4\); received"):
        TrainedModel(model.network, model.table[:-1], model.spec, model.vocabulary)
    fewer = FeatureSpec(model.spec.fields[:2], 1)
    with pytest.raises(InvalidInputError, match="spec: must have 3 fields; received 2"):
        TrainedModel(model.network, model.table, fewer, model.vocabulary)


def test_dense_arrays_that_do_not_fit_are_refused(tmp_path):
    model = small_model()
    model.save(tmp_path / "model")
    with np.load(tmp_path / "model" / "dense.npz") as archive:
        dense = dict(archive)
    np.savez(tmp_path / "model" / "dense.npz", **(dense | {"output/bias": np.zeros(2)}))
    write_digests(tmp_path / "model")
    with pytest.raises(InvalidInputError, match=r"output/bias: must have shape \(\); received"):
        TrainedModel.load(tmp_path / "model")
    del dense["output/bias"]
    np.savez(tmp_path / "model" / "dense.npz", **dense)
    write_digests(tmp_path / "model")
    with pytest.raises(InvalidInputError, match="dense variables: must be"):
        TrainedModel.load(tmp_path / "model")


def test_a_pickle_in_the_place_of_an_array_is_refused(tmp_path):
    model = small_model()
    model.save(tmp_path / "model")
    np.save(tmp_path / "model" / "table.npy", np.array([object()]), allow_pickle=True)
    write_digests(tmp_path / "model")
    with pytest.raises(InvalidInputError, match="allow_pickle"):
        TrainedModel.load(tmp_path / "model")


@pytest.mark.parametrize("name", ["model.json", "dense.npz", "table.npy"])
def test_a_damaged_file_is_refused(name, tmp_path):
    small_model().save(tmp_path / "model")
    file = tmp_path / "model" / name
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(InvalidInputError, match="must be a trained model as it was saved"):
        TrainedModel.load(tmp_path / "model")
    write_digests(tmp_path / "model")
    with pytest.raises(InvalidInputError, match="must be a trained model as it was saved"):
        TrainedModel.load(tmp_path / "model")


def test_a_table_whose_rows_changed_places_is_refused_by_name(tmp_path):
    small_model().save(tmp_path / "model")
    table = tmp_path / "model" / "table.npy"
    np.save(table, np.load(table)[::-1].copy())
    with pytest.raises(InvalidInputError, match=r"table\.npy was altered"):
        TrainedModel.load(tmp_path / "model")


@pytest.mark.parametrize(
    "name",
    ["model.json", "dense.npz", "table.npy", "feature_spec.json", "vocabulary.npz", "digests.json"],
)
def test_one_changed_byte_of_any_file_is_refused_by_name(name, tmp_path):
    small_model().save(tmp_path / "model")
    file = tmp_path / "model" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(InvalidInputError, match=f"{name} was altered"):
        TrainedModel.load(tmp_path / "model")


def test_a_folder_from_before_there_were_digests_is_taken_with_a_warning(tmp_path, capsys):
    model = small_model()
    model.save(tmp_path / "model")
    (tmp_path / "model" / "digests.json").unlink()
    np.testing.assert_array_equal(TrainedModel.load(tmp_path / "model").table, model.table)
    assert "warning: " in (warned := capsys.readouterr().err)
    assert "has no digests.json" in warned


@pytest.mark.parametrize("content", ["[]", "{}", '{"name": []}', "[" * 100_000])
def test_a_description_of_another_form_is_refused(content, tmp_path):
    small_model().save(tmp_path / "model")
    (tmp_path / "model" / "model.json").write_text(content)
    write_digests(tmp_path / "model")
    with pytest.raises(InvalidInputError, match="must be a trained model as it was saved"):
        TrainedModel.load(tmp_path / "model")
