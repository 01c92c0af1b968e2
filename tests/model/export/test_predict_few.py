"""The way of the gateway's own scorer into a SavedModel: same scores, arrays as they are."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model.bundle import Bundle
from model.export import Exported
from service.scorers.frozen_call import FEW_ROWS, load_calls


@pytest.fixture(scope="module")
def shape(exported: Exported) -> tuple[int, int]:
    table = Bundle.open(exported.path).table
    return table.fields, table.width


@pytest.mark.parametrize("rows", [1, 10, FEW_ROWS, FEW_ROWS + 1, 1000])
def test_few_and_many_rows_score_as_the_signature(
    exported: Exported, shape: tuple[int, int], rows: int
):
    x0 = np.random.default_rng(rows).normal(0, 0.3, (rows, *shape)).astype(np.float32)
    before = x0.copy()
    expected = tf.saved_model.load(str(exported.path)).signatures["serving_default"](
        embeddings=tf.constant(x0)
    )
    call = load_calls(exported.path, {"serving_default": {"embeddings": shape}}, False)[
        "serving_default"
    ]
    probability, logit = call(x0)
    np.testing.assert_allclose(probability, expected["probability"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(logit, expected["logit"], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(x0, before)


def test_scores_stay_when_the_array_that_gave_them_changes(
    exported: Exported, shape: tuple[int, int]
):
    call = load_calls(exported.path, {"serving_default": {"embeddings": shape}}, False)[
        "serving_default"
    ]
    x0 = np.ones((100, *shape), np.float32)
    probability, _ = call(x0)
    kept = probability.copy()
    x0[:] = -1.0
    again, _ = call(x0)
    np.testing.assert_array_equal(probability, kept)
    assert not np.array_equal(again, kept)


def test_a_bundle_without_it_is_scored_by_its_signature(tmp_path: Path):
    module = tf.Module()
    predict = tf.function(
        lambda embeddings: {
            "probability": tf.sigmoid(tf.reduce_sum(embeddings, [1, 2])),
            "logit": tf.reduce_sum(embeddings, [1, 2]),
        },
        input_signature=[tf.TensorSpec((None, 2, 3), tf.float32, name="embeddings")],
    )
    module.predict = predict
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": predict})
    call = load_calls(tmp_path, {"serving_default": {"embeddings": (2, 3)}}, False)[
        "serving_default"
    ]
    np.testing.assert_allclose(call(np.ones((4, 2, 3), np.float32))[1], [6.0] * 4)
