"""The wire against TensorFlow's own messages, in one process, in both directions."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tensorflow.core.framework import tensor_pb2 as official_tensor
from tensorflow.core.framework import types_pb2 as official_types
from tensorflow_serving.apis import get_model_status_pb2 as official_status
from tensorflow_serving.apis import model_management_pb2 as official_management
from tensorflow_serving.apis import predict_pb2 as official_predict
from tensorflow_serving.config import model_server_config_pb2 as official_config

from model.wire import (
    METADATA_METHOD,
    MODEL_STATUS_METHOD,
    PREDICT_METHOD,
    RELOAD_METHOD,
    ServedModel,
    VersionState,
    decode_model_status,
    decode_predict,
    decode_reload,
    decode_tensor,
    encode_model_status,
    encode_predict,
    encode_predict_response,
    encode_reload,
    encode_tensor,
    model_config_text,
    predict_bytes,
)
from model.wire import model_service_pb2 as wire_service
from model.wire import predict_pb2 as wire_predict
from model.wire import tensor_pb2 as wire_tensor

quick = settings(max_examples=40, deadline=None)

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
numeric = st.sampled_from(
    ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
).flatmap(lambda dtype: hnp.arrays(dtype, shapes))
texts = shapes.flatmap(lambda shape: hnp.arrays(object, shape, elements=st.binary(max_size=5)))
arrays = numeric | texts
named = st.dictionaries(st.text(max_size=8), arrays, max_size=3)
CONTENT = ("f4", "f8", "i4", "i8")
"""dtypes that TensorFlow's Python always writes as tensor_content."""

int64 = st.integers(-(2**63), 2**63 - 1)
names = st.text(max_size=20)


def same(left: np.ndarray, right: np.ndarray) -> None:
    assert left.dtype == right.dtype
    assert left.shape == right.shape
    assert left.tolist() == right.tolist() if left.dtype == object else True
    assert left.dtype == object or left.tobytes() == right.tobytes()


def wire_bytes(message: Any) -> bytes:
    return message.SerializeToString(deterministic=True)


@quick
@given(arrays)
def test_tensorflow_reads_the_tensor_that_we_write(array):
    theirs = official_tensor.TensorProto.FromString(encode_tensor(array).SerializeToString())

    back = tf.make_ndarray(theirs)

    same(back, array)


@quick
@given(arrays)
def test_we_read_the_tensor_that_tensorflow_writes(array):
    """``make_tensor_proto`` uses tensor_content for most arrays, repeated fields for others."""
    theirs = tf.make_tensor_proto(array, shape=array.shape)

    same(decode_tensor(wire_tensor.Tensor.FromString(theirs.SerializeToString())), array)


@quick
@given(arrays)
def test_the_bytes_are_tensorflows_own(array):
    ours = wire_bytes(encode_tensor(array))

    theirs = official_tensor.TensorProto.FromString(ours)

    assert wire_bytes(theirs) == ours
    if array.size > 1 and array.dtype in CONTENT:
        assert wire_bytes(tf.make_tensor_proto(array, shape=array.shape)) == ours


@quick
@given(
    name=names,
    inputs=named,
    version=st.none() | int64,
    signature=names,
    outputs=st.lists(names, max_size=3),
)
def test_a_request_means_the_same_to_both(name, inputs, version, signature, outputs):
    ours = encode_predict(name, inputs, version=version, signature=signature, outputs=outputs)
    theirs = official_predict.PredictRequest.FromString(wire_bytes(ours))

    assert theirs.model_spec.name == name
    assert theirs.model_spec.signature_name == signature
    assert theirs.model_spec.HasField("version") == (version is not None)
    assert theirs.model_spec.version.value == (version or 0)
    assert list(theirs.output_filter) == outputs
    assert theirs.inputs.keys() == inputs.keys()
    for key, array in inputs.items():
        same(tf.make_ndarray(theirs.inputs[key]), array)
    assert wire_bytes(theirs) == wire_bytes(ours)
    assert wire_predict.PredictRequest.FromString(wire_bytes(theirs)) == ours


@quick
@given(name=names, inputs=named, outputs=st.lists(names, max_size=3))
def test_the_fast_bytes_mean_the_same_to_tensorflow(name, inputs, outputs):
    fast = predict_bytes(name, inputs, version=7, outputs=outputs)
    slow = encode_predict(name, inputs, version=7, outputs=outputs)

    theirs = official_predict.PredictRequest.FromString(fast)

    assert wire_bytes(theirs) == wire_bytes(slow)


@quick
@given(label=names)
def test_a_label_means_the_same_to_both(label):
    ours = encode_predict("ctr", {}, label=label)
    theirs = official_predict.PredictRequest.FromString(wire_bytes(ours))

    assert theirs.model_spec.WhichOneof("version_choice") == "version_label"
    assert theirs.model_spec.version_label == label


@quick
@given(outputs=named, version=int64)
def test_our_response_means_the_same_to_tensorflow(outputs, version):
    ours = encode_predict_response(outputs, "ctr", version, "rank")
    theirs = official_predict.PredictResponse.FromString(wire_bytes(ours))

    assert theirs.model_spec.version.value == version
    assert theirs.model_spec.signature_name == "rank"
    for key, array in outputs.items():
        same(tf.make_ndarray(theirs.outputs[key]), array)
    assert wire_bytes(theirs) == wire_bytes(ours)


@quick
@given(outputs=named, repeated=st.booleans())
def test_we_read_the_response_that_tensorflow_writes(outputs, repeated):
    theirs = official_predict.PredictResponse()
    theirs.model_spec.name = "ctr"
    theirs.model_spec.version.value = 3
    for key, array in outputs.items():
        if repeated and array.dtype == np.float32:
            theirs.outputs[key].dtype = official_types.DT_FLOAT
            theirs.outputs[key].float_val.extend(array.ravel().tolist())
            for size in array.shape:
                theirs.outputs[key].tensor_shape.dim.add(size=size)
        else:
            theirs.outputs[key].CopyFrom(tf.make_tensor_proto(array, shape=array.shape))

    back = decode_predict(theirs.SerializeToString())

    assert back.keys() == outputs.keys()
    for key, array in outputs.items():
        same(back[key], array)


@quick
@given(entries=st.lists(st.tuples(int64, st.sampled_from(VersionState), st.integers(0, 16), names)))
def test_a_status_means_the_same_to_both(entries):
    theirs = official_status.GetModelStatusResponse()
    for version, state, code, message in entries:
        added = theirs.model_version_status.add(version=version, state=int(state))
        added.status.error_code = code
        added.status.error_message = message

    back = decode_model_status(theirs.SerializeToString())

    told = [(s.version, s.state, s.error_code, s.error_message) for s in back]
    assert sorted(told) == sorted(entries)
    ours = wire_service.GetModelStatusResponse.FromString(theirs.SerializeToString())
    assert wire_bytes(ours) == wire_bytes(theirs)


def test_the_states_have_tensorflow_servings_numbers():
    theirs = official_status.ModelVersionStatus.State.items()

    assert dict(theirs) == {state.name: int(state) for state in VersionState}
    assert dict(theirs) == dict(wire_service.ModelVersionStatus.State.items())


def test_the_dtypes_have_tensorflows_numbers():
    theirs = dict(official_types.DataType.items())

    for name, number in wire_tensor.DataType.items():
        assert theirs[name] == number


@quick
@given(name=names, version=st.none() | int64)
def test_a_status_request_means_the_same_to_both(name, version):
    ours = encode_model_status(name, version=version)
    theirs = official_status.GetModelStatusRequest.FromString(wire_bytes(ours))

    assert theirs.model_spec.name == name
    assert theirs.model_spec.HasField("version") == (version is not None)
    assert wire_bytes(theirs) == wire_bytes(ours)


models = st.builds(
    ServedModel,
    name=names,
    base_path=names,
    versions=st.lists(int64, max_size=3).map(tuple),
    labels=st.dictionaries(names, int64, max_size=3),
)


@quick
@given(st.lists(models, max_size=3))
def test_a_reload_means_the_same_to_both(served):
    ours = encode_reload(served)
    theirs = official_management.ReloadConfigRequest.FromString(wire_bytes(ours))

    configs = theirs.config.model_config_list.config
    assert theirs.config.WhichOneof("config") == "model_config_list"
    assert [(c.name, c.base_path, c.model_platform) for c in configs] == [
        (model.name, model.base_path, "tensorflow") for model in served
    ]
    for config, model in zip(configs, served, strict=True):
        assert tuple(config.model_version_policy.specific.versions) == model.versions
        assert dict(config.version_labels) == model.labels
    assert wire_bytes(theirs) == wire_bytes(ours)


@quick
@given(st.lists(models, max_size=3))
def test_tensorflow_serving_reads_the_config_file_that_we_write(served):
    theirs = text_format.Parse(model_config_text(served), official_config.ModelServerConfig())

    ours = encode_reload(served).config
    assert wire_bytes(theirs) == wire_bytes(ours)
    assert text_format.MessageToString(theirs) == model_config_text(served)


def test_a_reload_response_means_the_same_to_both():
    theirs = official_management.ReloadConfigResponse()
    theirs.metric.add(name="/tensorflow/x", int64_value_increase=2)
    decode_reload(theirs.SerializeToString())

    ours = wire_service.ReloadConfigResponse.FromString(theirs.SerializeToString())
    assert wire_bytes(ours) == wire_bytes(theirs)


@pytest.mark.parametrize("policy", ["latest { num_versions: 2 }", "all { }"])
def test_the_other_policies_mean_the_same_to_both(policy):
    text = f"""model_config_list {{ config {{ name: "a" base_path: "/a"
               model_version_policy {{ {policy} }} }} }}"""
    theirs = text_format.Parse(text, official_config.ModelServerConfig())
    ours = text_format.Parse(text, wire_service.ModelServerConfig())

    assert wire_bytes(theirs) == wire_bytes(ours)


def test_the_methods_are_the_ones_that_tensorflow_serving_answers():
    from tensorflow_serving.apis import model_service_pb2, prediction_service_pb2

    answered = {
        f"/{service.full_name}/{method.name}"
        for module in (prediction_service_pb2, model_service_pb2)
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert answered >= {PREDICT_METHOD, METADATA_METHOD, MODEL_STATUS_METHOD, RELOAD_METHOD}
