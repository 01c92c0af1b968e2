"""A signature of a SavedModel as a function of arrays."""

import weakref
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from model.bundle import GATE_SIGNATURE
from model.errors import BundleError
from service.scorers.batcher import Call, Floats
from service.scorers.freezing import Frozen, freeze
from service.scorers.pace import paced
from service.scorers.saved_functions import SavedFunctions

WARM_ROWS = (1, 10, 100, 1000)
"""Batch sizes that a new version is called with before it serves."""

GATE_WARM_ROWS = (1, 64)
"""The same for its gates, which are measured in a thread."""

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
        gently: give way to requests.

    Raises:
        BundleError: if the SavedModel lacks one of them, or is of another form than is exported.
    """
    with paced() if gently else nullcontext():
        saved = SavedFunctions(path)
        calls: dict[str, Call] = {}
        for name, inputs in shapes.items():
            function = saved.find("signatures", name)
            if function is None:
                raise BundleError(f"saved_model.pb: must offer {name!r}; it does not")
            outputs = SATURATION if name == GATE_SIGNATURE else SCORES
            calls[name] = _hold(freeze(saved, function, tuple(inputs), outputs))
        function = saved.find(FEW)
        if function is not None:  # not in bundles of older versions
            few = _hold(freeze(saved, function, tuple(shapes["serving_default"]), SCORES))
            calls["serving_default"] = _by_rows(few, calls["serving_default"])
    for name, call in calls.items():
        for rows in GATE_WARM_ROWS if name == GATE_SIGNATURE else WARM_ROWS:
            call(
                *(
                    np.zeros((1 if given == "context" else rows, *shape), np.float32)
                    for given, shape in shapes[name].items()
                )
            )
    return calls


def _by_rows(few: Call, many: Call) -> Call:
    return lambda x0: few(x0) if len(x0) <= FEW_ROWS else many(x0)


def _hold(frozen: Frozen) -> FrozenCall:
    """Give a function and those that it calls to TensorFlow, until the call goes."""
    from tensorflow.python.eager.context import context as get_context

    context = get_context()
    added: list[str] = []
    try:
        for definition in (*frozen.nested, frozen.definition):
            context.add_function_def(definition)
            added.append(definition.signature.name)
    except BaseException:
        _remove(added, context)
        raise
    return FrozenCall(
        frozen.definition.signature.name,
        len(frozen.definition.signature.output_arg),
        [each.signature.name for each in frozen.nested],
        context,
    )


def _remove(names: list[str], context: Any) -> None:
    for name in names:
        while context.has_function(name):  # it counts who holds a function
            context.remove_function(name)
