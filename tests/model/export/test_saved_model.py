"""The SavedModel alone, as TensorFlow Serving has it."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from model.bundle import Bundle, relative_difference
from model.export import Exported, Run, export
from model.export.token_lookup import plain_tokens
from model.features import Encoder
from model.zoo import ZOO
from tests.model.export.small_run import SPEC, make_run, raw_rows


@pytest.fixture(scope="module")
def loaded(exported: Exported):
    return tf.saved_model.load(str(exported.path))


def table_ids(run: Run, rows: list[dict[str, object]]) -> np.ndarray:
    return run.model.vocabulary.rows_of(Encoder(SPEC).fingerprint_rows(rows))


@pytest.mark.parametrize("name", sorted(ZOO))
def test_every_network_of_the_zoo_is_served_as_it_was_trained(name: str, tmp_path: Path):
    run = make_run(name)
    path = export(run, tmp_path, "ctr").path
    ids = table_ids(run, raw_rows(300, 30))
    served = tf.saved_model.load(str(path)).signatures["serving_default"](
        embeddings=run.model.table[ids]
    )
    assert relative_difference(served["logit"].numpy(), run.reference_logits(ids)).max() < 1e-5
    assert Bundle.open(path).manifest.model["name"] == name


def test_signatures_have_the_names_shapes_and_types_of_the_contract(loaded):
    width = 4
    expected = {
        "serving_default": {"embeddings": ((None, 4, width), tf.float32)},
        "rank": {
            "context": ((1, 2, width), tf.float32),
            "candidates": ((None, 2, width), tf.float32),
        },
        "serving_half": {"embeddings": ((None, 4, width), tf.float16)},
        "rank_half": {
            "context": ((1, 2, width), tf.float16),
            "candidates": ((None, 2, width), tf.float16),
        },
        "predict_tokens": {"tokens": ((None, 4), tf.string)},
        "gates": {"embeddings": ((None, 4, width), tf.float32)},
    }
    assert set(loaded.signatures) == set(expected)
    for name, signature in loaded.signatures.items():
        inputs = signature.structured_input_signature[1]
        given = {key: (tuple(spec.shape.as_list()), spec.dtype) for key, spec in inputs.items()}
        assert given == expected[name]
        outputs = signature.structured_outputs
        if name == "gates":
            assert outputs["saturation"].shape.as_list() == [None, 2]
            continue
        assert set(outputs) == {"probability", "logit"}
        for spec in outputs.values():
            assert (spec.dtype, spec.shape.rank) == (tf.float32, 1)


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 4, 5), (2, 4)])
def test_another_shape_is_refused(loaded, shape):
    with pytest.raises((tf.errors.InvalidArgumentError, TypeError, ValueError)):
        loaded.signatures["serving_default"](embeddings=tf.zeros(shape))


def test_a_probability_is_the_sigmoid_of_its_logit(loaded, run: Run):
    rows = run.model.table[table_ids(run, raw_rows(20))]
    scores = loaded.signatures["serving_default"](embeddings=rows)
    np.testing.assert_allclose(
        scores["probability"].numpy(), 1 / (1 + np.exp(-scores["logit"].numpy())), rtol=1e-6
    )


@pytest.mark.parametrize("batch", [0, 1, 7])
def test_rank_scores_each_candidate_in_the_one_context(loaded, run: Run, batch: int):
    rows = run.model.table[table_ids(run, raw_rows(8))]
    both = rows[:batch].copy()
    both[:, [1, 3]] = rows[0, [1, 3]]  # C1 and C3 are the context's
    ranked = loaded.signatures["rank"](context=rows[:1, [1, 3]], candidates=both[:, [0, 2]])
    alone = loaded.signatures["serving_default"](embeddings=both)
    assert ranked["logit"].shape == (batch,)
    alike = relative_difference(ranked["logit"].numpy(), alone["logit"].numpy())
    assert (alike < 1e-6).all()


def test_tokens_are_hashed_and_found_in_graph(loaded, run: Run):
    unseen: dict[str, object] = {"C1": "never seen", "C2": "never seen either, 🦊"}
    rows = [*raw_rows(300, 40), {}, unseen]
    ids = table_ids(run, rows)
    tokens = plain_tokens(SPEC, rows)
    assert tokens[300].tolist() == ["", "", "", ""]
    scores = loaded.signatures["predict_tokens"](tokens=tf.constant(tokens))
    assert relative_difference(scores["logit"].numpy(), run.reference_logits(ids)).max() < 1e-5
    pruned = ~run.model.table[ids].any(axis=2)
    assert pruned.any()  # so zeros were looked up too
    assert (ids[301, [1]] == 1).all()  # C1's OOV row


def test_without_context_fields_there_is_no_rank(tmp_path: Path):
    from dataclasses import replace

    from model.features import FeatureSpec
    from model.trained import TrainedModel

    run = make_run("xdeepint")
    fields = tuple(replace(field, side="candidate") for field in SPEC.fields)
    model = TrainedModel(
        run.model.network, run.model.table, FeatureSpec(fields, 2), run.model.vocabulary
    )
    done = export(Run(model, {}), tmp_path, "dynint")
    assert done.manifest.signatures == ("serving_default", "serving_half")


def test_warm_up_requests_are_those_tensorflow_serving_replays(exported: Exported, loaded):
    path = exported.path / "assets.extra/tf_serving_warmup_requests"
    seen = []
    for record in tf.data.TFRecordDataset([str(path)]):
        request = PredictionLog.FromString(record.numpy()).predict_log.request
        assert request.model_spec.name == "dynint"
        name = request.model_spec.signature_name
        inputs = {key: tf.make_ndarray(value) for key, value in request.inputs.items()}
        logits = loaded.signatures[name](**{k: tf.constant(v) for k, v in inputs.items()})["logit"]
        assert np.isfinite(logits.numpy()).all()
        seen.append((name, len(logits)))
    names = ("serving_default", "rank", "serving_half", "rank_half")
    assert seen == [(name, n) for n in (1, 100) for name in names]


def test_float16_moves_a_probability_by_what_the_manifest_says(
    exported: Exported, loaded, run: Run
):
    rows = run.model.table[table_ids(run, raw_rows(300, 50))]
    halves = rows.astype(np.float16)
    served = loaded.signatures["serving_half"](embeddings=halves)["probability"].numpy()
    same = loaded.signatures["serving_default"](embeddings=halves.astype(np.float32))
    np.testing.assert_allclose(served, same["probability"].numpy(), rtol=1e-6)
    said = exported.manifest.certificate["half_max_probability_difference"]
    assert 0 < said < 1e-3
    exact = loaded.signatures["serving_default"](embeddings=rows)["probability"].numpy()
    assert 0 < np.abs(served - exact).max() < 3 * said
    report = exported.verification
    for name in ("serving_half", "rank_half"):
        assert report[f"{name}_max_relative_difference"] <= 1e-5


def test_numbers_too_large_for_float16_are_exported_and_said_to_be(tmp_path: Path):
    run = make_run()
    run.model.table[run.model.table != 0] += np.float32(70_000)
    for variable in run.model.network.named_variables.values():
        variable.assign(variable * 1e-6)
    done = export(run, tmp_path, "dynint")
    assert done.manifest.certificate["half_max_probability_difference"] == 1.0


def test_only_the_variables_of_the_served_graph_are_there(exported: Exported):
    names = [
        name for name, _ in tf.train.list_variables(str(exported.path / "variables/variables"))
    ]
    assert not [name for name in names if "optimizer" in name.lower() or "slot" in name.lower()]
    without = [name for name in names if "tokens" in name]
    assert len(without) == 3


def test_the_same_run_gives_the_same_files(exported: Exported, run: Run, prepared: Path, tmp_path):
    again = export(run, tmp_path, "dynint", prepared, tokens=True).manifest
    assert again.certificate == exported.manifest.certificate
    # Within one process function names count up, and the graph and its fingerprint hold them.
    fixed = set(again.files) - {"saved_model.pb", "fingerprint.pb"}
    assert {name: again.files[name] for name in fixed} == {
        name: exported.manifest.files[name] for name in fixed
    }
