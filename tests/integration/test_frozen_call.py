"""What the embedded scorer loads goes again, whole."""

from pathlib import Path

import numpy as np

from model.bundle import Bundle
from model.quiet import import_tensorflow
from service.scorers.frozen_call import load_calls
from tests.integration.processes import wait_until


def functions() -> set[str]:
    """Name the functions that TensorFlow holds."""
    import_tensorflow()
    from tensorflow.python.eager.context import context

    return set(context().list_function_names())


def test_a_call_that_nobody_has_any_more_leaves_no_function_behind(module_releases: Path):
    bundle = Bundle.open(module_releases / "dynint" / "1")
    sides = {
        name: (len(bundle.spec.positions(side)), bundle.table.width)
        for name, side in (("context", "context"), ("candidates", "candidate"))
    }
    shapes = {
        "serving_default": {"embeddings": (bundle.table.fields, bundle.table.width)},
        "rank": sides,
    }
    random = np.random.default_rng(0)
    x0 = random.normal(0, 0.1, (3, bundle.table.fields, bundle.table.width)).astype(np.float32)
    first = load_calls(bundle.path, shapes, gently=False)
    expected = first["serving_default"](x0)
    functions()  # the first load leaves some helpers that all share
    between = load_calls(bundle.path, shapes, gently=True)
    del first
    np.testing.assert_array_equal(between["serving_default"](x0), expected)
    one = len(functions())
    for _ in range(3):
        between = load_calls(bundle.path, shapes, gently=True)
    assert len(functions()) == one
    np.testing.assert_array_equal(between["serving_default"](x0), expected)
    del between
    wait_until(lambda: not any("_frozen_" in name or "pruned" in name for name in functions()))
