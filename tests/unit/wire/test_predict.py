import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.wire import (
    PredictRequest,
    WireError,
    decode_predict,
    encode_predict,
    encode_predict_response,
    predict_bytes,
    response_version,
)

X = np.arange(6, dtype=np.float32).reshape(1, 3, 2)


@given(
    name=st.text(),
    inputs=st.dictionaries(
        st.text(max_size=200),
        st.sampled_from(["<f4", ">f4", "f8", "i8", "?", "U3"]).flatmap(
            lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=6))
        ),
        max_size=3,
    ),
    version=st.none() | st.integers(-(2**63), 2**63 - 1),
    outputs=st.lists(st.text()),
)
def test_the_fast_serialiser_writes_the_same_message(name, inputs, version, outputs):
    given_ = {"version": version, "signature": "rank", "outputs": outputs}

    fast = PredictRequest.FromString(predict_bytes(name, inputs, **given_))

    assert fast == encode_predict(name, inputs, **given_)


def test_a_large_request_is_written_whole():
    x = np.random.default_rng(0).random((1000, 39, 16), np.float32)

    request = PredictRequest.FromString(predict_bytes("ctr", {"embeddings": x}))

    assert request.inputs["embeddings"].tensor_content == x.tobytes()


def test_a_version_or_a_label_but_not_both():
    assert encode_predict("ctr", {}, version=7).model_spec.version.value == 7
    assert encode_predict("ctr", {}, label="live").model_spec.version_label == "live"
    assert encode_predict("ctr", {}).model_spec.WhichOneof("version_choice") is None
    with pytest.raises(
        WireError, match="version: give a version or a label; received 7 and 'live'"
    ):
        encode_predict("ctr", {}, version=7, label="live")


def test_outputs_come_back_with_the_version_that_answered():
    response = encode_predict_response({"logit": np.float32([0.5, -1])}, "ctr", 7)

    for received in (response, response.SerializeToString()):
        assert decode_predict(received)["logit"].tolist() == [0.5, -1.0]
        assert response_version(received) == 7


def test_bytes_that_are_no_response_are_refused():
    with pytest.raises(WireError, match="PredictResponse: 3 bytes that do not parse"):
        decode_predict(b"\x0a\xff\x01")


def test_a_call_that_ends_well_without_a_message_has_no_response():
    with pytest.raises(WireError, match="PredictResponse: expected; received no message"):
        decode_predict(None)


def test_an_output_that_must_be_there_is_checked():
    response = encode_predict_response({"logit": np.float32([0.5, -1])}, "ctr", 7)

    decode_predict(response, {"logit": (2,)})
    with pytest.raises(WireError, match=r"output 'logit': shape \[3\] expected; received \[2\]"):
        decode_predict(response, {"logit": (3,)})
    with pytest.raises(WireError, match=r"output 'probability': expected; received \['logit'\]"):
        decode_predict(response, {"probability": (2,)})


def test_a_broken_tensor_is_named():
    response = encode_predict_response({"logit": np.float32([0.5, -1])}, "ctr", 7)
    response.outputs["logit"].tensor_content = b"123"

    with pytest.raises(WireError, match=r"output 'logit': .* takes 8 bytes; received 3"):
        decode_predict(response)
