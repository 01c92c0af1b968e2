"""The functions of a SavedModel, as they are on disk."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.errors import BundleError


class SavedFunction(NamedTuple):
    """A function of arrays, which takes the model's weights as arguments after its own.

    Attributes:
        definition: its ``FunctionDef``.
        inputs: names of its own arguments, in their order.
        outputs: names of what it returns, in its order.
        captured: per weight that it takes, the key of its value.
    """

    definition: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    captured: tuple[int, ...]


class SavedFunctions:
    """Reads a SavedModel's functions and weights without ``tf.saved_model.load``.

    TensorFlow's loader makes Python objects of every operation of every function, needed or not:
    twenty times the work, in a thread that takes the interpreter from the requests, and circles of
    objects that the collector has to find.

    Args:
        path: of the SavedModel.

    Attributes:
        library: each function's ``FunctionDef`` by name, those that others call among them.
    """

    def __init__(self, path: Path) -> None:
        import tensorflow as tf
        from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
        from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

        self._graph = SavedModel.FromString((path / "saved_model.pb").read_bytes()).meta_graphs[0]
        self._objects = self._graph.object_graph_def
        self._values = tf.train.load_checkpoint(str(path / "variables" / "variables"))
        stored = self._values.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH")
        self._keys = _pair(self._objects.nodes, TrackableObjectGraph.FromString(stored).nodes)
        self.library = {
            each.signature.name: each for each in self._graph.graph_def.library.function
        }

    def find(self, *names: str) -> SavedFunction | None:
        """Find the function at a place below the root, ``("signatures", "rank")`` for example."""
        node = self._objects.nodes[0]
        for name in names:
            found = [each.node_id for each in node.children if each.local_name == name]
            if not found:
                return None
            node = self._objects.nodes[found[0]]
        if node.HasField("function"):  # its traces are its children; one was exported
            node = self._objects.nodes[node.children[0].node_id]
        name = node.bare_concrete_function.concrete_function_name
        saved = self._objects.concrete_functions[name]
        return SavedFunction(
            self.library[name],
            tuple(node.bare_concrete_function.argument_keywords),
            tuple(sorted(saved.output_signature.dict_value.fields)),
            tuple(saved.bound_inputs),
        )

    def value(self, key: int) -> NDArray[Any]:
        """Return the value of a weight.

        Raises:
            BundleError: if it is none: a table in graph, for example.
        """
        node = self._objects.nodes[key]
        if node.HasField("variable") and key in self._keys:
            return np.asarray(self._values.get_tensor(self._keys[key]))
        if node.HasField("constant"):
            from tensorflow import make_ndarray

            constants = {each.name: each for each in self._graph.graph_def.node}
            return np.asarray(make_ndarray(constants[node.constant.operation].attr["value"].tensor))
        raise BundleError(
            "saved_model.pb: functions must take nothing but weights; received a "
            f"{node.WhichOneof('kind')}"
        )


def _pair(objects: Any, stored: Any) -> dict[int, str]:
    """Find the checkpoint's key of each variable: the same names lead to both from the roots."""
    keys: dict[int, str] = {}
    pairs, seen = [(0, 0)], {0}
    for here, there in pairs:
        for attribute in stored[there].attributes:
            keys[here] = attribute.checkpoint_key
        places = {child.local_name: child.node_id for child in stored[there].children}
        for child in objects[here].children:
            if child.local_name in places and child.node_id not in seen:
                seen.add(child.node_id)
                pairs.append((child.node_id, places[child.local_name]))
    return keys
