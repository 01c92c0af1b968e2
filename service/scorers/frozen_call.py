"""A signature of a SavedModel as a function of arrays."""

import gc
import weakref
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from model.bundle import GATE_SIGNATURE
from service.scorers.batcher import Call, Floats
from service.scorers.pace import paced

WARM_ROWS = (1, 10, 100, 1000)
"""Batch sizes that a new version is called with before it serves."""

SCORES = ("probability", "logit")
SATURATION = ("saturation",)

FEW = "predict_few"
FEW_ROWS = 512
"""Up to so many rows the model has nothing to cut into chunks."""

Shapes = Mapping[str, tuple[int, int]]
"""Each input's shape of one row, in the order of the function's arguments."""


class FrozenCall:
    """A function of arrays that TensorFlow holds by name, its weights inside, until this object goes.

    It is called as an operation of its own: the ways that TensorFlow offers for it (a signature, a
    concrete function) do the same and take a quarter of a millisecond longer; and a function that
    is passed to another operation leaves its compiled form, several times the weights, behind for
    ever.

    Args:
        name: of the function.
        outputs: how many it has.
        nested: functions that it calls.
        context: where TensorFlow holds them.
    """

    def __init__(self, name: str, outputs: int, nested: list[str], context: Any) -> None:
        from tensorflow.python.eager.execute import quick_execute
        from tensorflow.python.framework.ops import EagerTensor

        self._name = name
        self._outputs = outputs
        self._context = context
        self._device = context.device_name
        self._tensor = EagerTensor
        self._execute = quick_execute
        weakref.finalize(self, _remove, [name, *nested], context).atexit = False

    def __call__(self, *given: Floats) -> tuple[Floats, ...]:
        """Call it with arrays, which must not change meanwhile; returns its outputs in order."""
        # tf.constant would copy them first, in case they change later.
        tensors = [self._tensor(each, self._device, None) for each in given]
        found = self._execute(self._name, self._outputs, tensors, _ATTRIBUTES, self._context)
        return tuple(each.numpy() for each in found)


_ATTRIBUTES = ("executor_type", "", "config_proto", b"")


def load_calls(path: Path, shapes: Mapping[str, Shapes], gently: bool) -> dict[str, Call]:
    """Load signatures of a SavedModel, warm.

    Args:
        path: of the bundle.
        shapes: of the inputs, per signature.
        gently: give way to requests: it takes twice as long.
    """
    import tensorflow as tf

    with paced() if gently else nullcontext():
        loaded = tf.saved_model.load(str(path))
        calls: dict[str, Call] = {
            name: _freeze(
                loaded.signatures[name], inputs, SATURATION if name == GATE_SIGNATURE else SCORES
            )
            for name, inputs in shapes.items()
        }
        if hasattr(loaded, FEW):  # not in bundles of older versions
            few = _freeze(getattr(loaded, FEW), shapes["serving_default"], SCORES)
            calls["serving_default"] = _by_rows(few, calls["serving_default"])
        del loaded
        gc.collect()  # graphs refer to each other in circles, and hold their weights
    for name, call in calls.items():
        for rows in WARM_ROWS:
            call(
                *(
                    np.zeros((1 if given == "context" else rows, *shape), np.float32)
                    for given, shape in shapes[name].items()
                )
            )
    return calls


def _by_rows(few: Call, many: Call) -> Call:
    return lambda x0: few(x0) if len(x0) <= FEW_ROWS else many(x0)


def _freeze(function: Any, inputs: Shapes, names: Sequence[str]) -> FrozenCall:
    """Freeze a loaded function: without variables to read it has half as many operations."""
    import tensorflow as tf
    from tensorflow.python.eager.context import context as get_context
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    from tensorflow.python.framework.func_graph import dismantle_func_graph

    def outputs(*given: Any) -> Any:
        found = function(**dict(zip(inputs, given, strict=True)))
        return tuple(found[name] for name in names)

    specs = [
        tf.TensorSpec((1 if given == "context" else None, *shape), tf.float32)
        for given, shape in inputs.items()
    ]
    concrete = tf.function(outputs, input_signature=specs).get_concrete_function()
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    context = get_context()
    definition = frozen.function_def
    nested = [each.signature.name for each in frozen.graph.as_graph_def().library.function]
    # Held here, it outlives the Python objects that describe it.
    context.add_function_def(definition)
    call = FrozenCall(definition.signature.name, len(names), nested, context)
    dismantle_func_graph(frozen.graph)
    dismantle_func_graph(concrete.graph)
    return call


def _remove(names: list[str], context: Any) -> None:
    for name in names:
        while context.has_function(name):  # it counts who holds a function
            context.remove_function(name)
