"""Writes the weights of a saved function into it."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from model.errors import BundleError
from service.scorers.saved_functions import SavedFunction, SavedFunctions

_SERIAL = count(1)
"""TensorFlow holds functions of all releases by name."""

_CALLS = {
    "PartitionedCall": ("Tin", "Tout", 0),
    "StatefulPartitionedCall": ("Tin", "Tout", 0),
    "If": ("Tin", "Tout", 1),
    "StatelessIf": ("Tin", "Tout", 1),
    "While": ("T", "T", 0),
    "StatelessWhile": ("T", "T", 0),
}
"""Operations that call functions: where the types of arguments and of results are said, and how many
inputs come before the functions' arguments."""

Types = Mapping[int, int]
"""TensorFlow's number of the type of each weight, by its place among the arguments or results."""


class Frozen(NamedTuple):
    """A function with its weights inside.

    Attributes:
        definition: its ``FunctionDef``.
        nested: the ``FunctionDef`` of each function that it calls.
    """

    definition: Any
    nested: tuple[Any, ...]


def freeze(
    saved: SavedFunctions, function: SavedFunction, inputs: Sequence[str], outputs: Sequence[str]
) -> Frozen:
    """Make a function of its own arguments alone: without variables it has half the operations.

    Each weight becomes a constant that is passed on by value, where a variable was passed by
    reference and read.

    Args:
        saved: where the function is from.
        function: what is frozen; stays as it is.
        inputs: names of its own arguments, in the order that is wanted.
        outputs: names of its results, in the order that is wanted.

    Raises:
        BundleError: if it is of another form than ``model.export`` writes.
    """
    import tensorflow as tf
    from tensorflow.core.framework.function_pb2 import FunctionDef
    from tensorflow.core.framework.types_pb2 import DT_RESOURCE

    if set(inputs) != set(function.inputs) or not set(outputs) <= set(function.outputs):
        raise BundleError(
            f"saved_model.pb: a function must take {sorted(inputs)} and return {sorted(outputs)}; "
            f"received one of {sorted(function.inputs)} that returns {sorted(function.outputs)}"
        )
    own = len(function.inputs)
    values = [tf.make_tensor_proto(saved.value(key)) for key in function.captured]
    writer = _Writer(saved.library)
    taken = function.definition.signature.input_arg[own:]
    weights = {
        own + place: value.dtype
        for place, value in enumerate(values)
        if taken[place].type == DT_RESOURCE  # a constant is passed by value already
    }
    name, _ = writer.write(function.definition.signature.name, weights)

    frozen = FunctionDef()
    frozen.signature.name = f"{name}_whole"
    frozen.signature.is_stateful = function.definition.signature.is_stateful
    for place, wanted in enumerate(inputs):
        given = function.inputs.index(wanted)
        argument = frozen.signature.input_arg.add(name=f"given_{place}")
        argument.type = function.definition.signature.input_arg[given].type
        frozen.arg_attr[place].CopyFrom(function.definition.arg_attr[given])
    call = frozen.node_def.add(name="call", op="StatefulPartitionedCall")
    call.attr["f"].func.name = name
    for wanted in function.inputs:
        call.input.append(f"given_{inputs.index(wanted)}")
    for place, value in enumerate(values):
        constant = frozen.node_def.add(name=f"weight_{place}", op="Const")
        constant.attr["dtype"].type = value.dtype
        constant.attr["value"].tensor.CopyFrom(value)
        call.input.append(f"weight_{place}:output:0")
    whole = writer.written[name].signature
    call.attr["Tin"].list.type.extend(each.type for each in whole.input_arg)
    call.attr["Tout"].list.type.extend(each.type for each in whole.output_arg)
    for wanted in outputs:
        given = function.outputs.index(wanted)
        frozen.signature.output_arg.add(name=wanted, type=whole.output_arg[given].type)
        frozen.ret[wanted] = f"call:output:{given}"
    return Frozen(frozen, tuple(writer.written.values()))


class _Writer:
    """Copies functions, and those that they call, with weights in place of variables."""

    def __init__(self, library: Mapping[str, Any]) -> None:
        self._library = library
        self._serial = next(_SERIAL)
        self.written: dict[str, Any] = {}

    def write(self, name: str, weights: Types) -> tuple[str, Types]:
        """Copy one of which some arguments are weights.

        Returns:
            The copy's name, and which of its results are weights.
        """
        function = type(self._library[name])()
        function.CopyFrom(self._library[name])
        new = f"{name}_frozen_{self._serial}_{len(self.written)}"
        function.signature.name = new
        self.written[new] = function
        function.attr.pop("_input_shapes", None)
        held: dict[str, int] = {}
        for place, dtype in weights.items():
            _retype(function.signature.input_arg[place], dtype)
            function.arg_attr.pop(place, None)
            held[function.signature.input_arg[place].name] = dtype
        renamed: dict[str, str] = {}
        for node in function.node_def:
            self._rewrite(node, held, renamed)
        for node in function.node_def:
            node.input[:] = [renamed.get(each, each) for each in node.input]
        returned = {}
        for place, result in enumerate(function.signature.output_arg):
            source = function.ret[result.name]
            function.ret[result.name] = renamed.get(source, source)
            if source in held:
                _retype(result, held[source])
                returned[place] = held[source]
        return new, returned

    def _rewrite(self, node: Any, held: dict[str, int], renamed: dict[str, str]) -> None:
        """Change a node that takes weights or calls functions; its input comes before it."""
        weights = {place: held[each] for place, each in enumerate(node.input) if each in held}
        if node.op in _CALLS:
            self._call(node, weights, held)
        elif weights and node.op in ("ReadVariableOp", "Identity"):
            if node.op == "ReadVariableOp":
                renamed[f"{node.name}:value:0"] = f"{node.name}:output:0"
            else:
                held[f"{node.name}:output:0"] = weights[0]
            node.op = "Identity"
            node.attr.clear()
            node.attr["T"].type = weights[0]
        elif weights or any(map(_is_function, node.attr.values())):
            raise BundleError(
                "saved_model.pb: weights must only be read, and given to functions, ifs and loops; "
                f"received {node.op}"
            )

    def _call(self, node: Any, weights: Types, held: dict[str, int]) -> None:
        types_in, types_out, before = _CALLS[node.op]
        given = {place - before: dtype for place, dtype in weights.items()}
        returned: Types = {}
        for attribute in node.attr.values():
            if attribute.HasField("func"):
                attribute.func.name, found = self.write(attribute.func.name, given)
                returned = {**returned, **found}
        for place, dtype in given.items():
            node.attr[types_in].list.type[place] = dtype
        for place, dtype in returned.items():
            node.attr[types_out].list.type[place] = dtype
            held[f"{node.name}:output:{place}"] = dtype
        for stale in ("_read_only_resource_inputs", "_output_shapes"):
            node.attr.pop(stale, None)
        if "While" in node.op:
            node.attr["output_shapes"].list.Clear()
        if node.op in ("If", "While"):
            # Lowered, each of their operations would be scheduled by itself.
            node.attr["_lower_using_switch_merge"].b = False


def _is_function(attribute: Any) -> bool:
    return attribute.HasField("func") or bool(attribute.list.func)


def _retype(argument: Any, dtype: int) -> None:
    argument.type = dtype
    argument.ClearField("handle_data")
