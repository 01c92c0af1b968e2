"""What the gateway reads of a SavedModel by itself computes what TensorFlow's loader would."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from model.bundle import GATE_SIGNATURE, Bundle
from model.errors import BundleError
from model.export import export
from model.zoo import ZOO
from service.scorers.frozen_call import SATURATION, SCORES, load_calls
from tests.model.export.small_run import make_run

SHAPE = (2, 3)
X0 = np.arange(24, dtype=np.float32).reshape(4, *SHAPE) / 24


def shapes_of(bundle: Bundle) -> dict[str, dict[str, tuple[int, int]]]:
    """Name the shapes of a row in every signature that the embedded scorer calls."""
    width = bundle.table.width
    whole = {"embeddings": (bundle.table.fields, width)}
    sides = {
        "context": (len(bundle.spec.positions("context")), width),
        "candidates": (len(bundle.spec.positions("candidate")), width),
    }
    offered = {"serving_default": whole, "rank": sides, GATE_SIGNATURE: whole}
    return {name: offered[name] for name in offered if name in bundle.manifest.signatures}


def save(folder: Path, scale: Any) -> Path:
    """Save a model of one signature: the logit is the scaled row's sum."""

    def predict(embeddings: Any) -> dict[str, Any]:
        logit = tf.reduce_sum(scale(embeddings), [1, 2])
        return {"probability": tf.sigmoid(logit), "logit": logit}

    module = tf.Module()
    module.scale = scale
    module.predict = tf.function(predict, [tf.TensorSpec((None, *SHAPE), tf.float32, "embeddings")])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.predict})
    return folder


def load(folder: Path) -> Any:
    return load_calls(folder, {"serving_default": {"embeddings": SHAPE}}, False)["serving_default"]


@pytest.mark.parametrize("name", sorted(ZOO))
def test_every_signature_of_every_network_gives_what_the_loader_gives(name: str, tmp_path: Path):
    path = export(make_run(name), tmp_path, "dynint").path
    loaded = tf.saved_model.load(str(path))
    shapes = shapes_of(Bundle.open(path))
    calls = load_calls(path, shapes, False)
    random = np.random.default_rng(0)
    for signature, inputs in shapes.items():
        outputs = SATURATION if signature == GATE_SIGNATURE else SCORES
        for rows in (3, 1500):  # in one piece, and cut into chunks
            given = {
                side: random.normal(0, 0.3, (1 if side == "context" else rows, *shape)).astype(
                    np.float32
                )
                for side, shape in inputs.items()
            }
            expected = loaded.signatures[signature](
                **{side: tf.constant(each) for side, each in given.items()}
            )
            found = calls[signature](*given.values())
            assert len(found) == len(outputs)
            for output, each in zip(outputs, found, strict=True):
                np.testing.assert_allclose(each, expected[output], rtol=1e-5, atol=1e-6)


def test_a_large_constant_is_a_weight_too(tmp_path: Path):
    factors = np.arange(6 * 50, dtype=np.float32).reshape(50, *SHAPE)
    constant = tf.constant(factors)
    call = load(save(tmp_path, lambda x0: x0 * tf.reduce_sum(constant, 0)))
    expected = (X0 * factors.sum(0)).sum((1, 2))
    np.testing.assert_allclose(call(X0)[1], expected, rtol=1e-5)


def test_a_function_that_changes_a_weight_is_refused(tmp_path: Path):
    class Counting(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls = tf.Variable(0.0)

        def __call__(self, x0: Any) -> Any:
            return x0 * self.calls.assign_add(1.0)

    with pytest.raises(BundleError, match="AssignAddVariableOp"):
        load(save(tmp_path, Counting()))


def test_a_function_that_takes_a_lookup_table_is_refused(tmp_path: Path):
    class Looking(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            pairs = tf.lookup.KeyValueTensorInitializer([0, 1], [1.0, 2.0], tf.int64, tf.float32)
            self.table = tf.lookup.StaticHashTable(pairs, 0.0)

        def __call__(self, x0: Any) -> Any:
            return x0 * self.table.lookup(tf.cast(x0, tf.int64))

    with pytest.raises(BundleError, match="nothing but weights"):
        load(save(tmp_path, Looking()))


def test_a_signature_that_is_not_there_is_named(tmp_path: Path):
    folder = save(tmp_path, tf.identity)
    with pytest.raises(BundleError, match="'rank'"):
        load_calls(folder, {"rank": {"context": SHAPE, "candidates": SHAPE}}, False)


def test_a_signature_of_other_arguments_is_refused(tmp_path: Path):
    folder = save(tmp_path, tf.identity)
    with pytest.raises(BundleError, match="must take"):
        load_calls(folder, {"serving_default": {"rows": SHAPE}}, False)


def test_functions_in_other_operations_are_refused(tmp_path: Path):
    def mapped(x0: Any) -> Any:
        return tf.switch_case(tf.shape(x0)[0], [lambda: x0, lambda: 2.0 * x0, lambda: 3.0 * x0])

    with pytest.raises(BundleError, match="received"):
        load(save(tmp_path, mapped))
