"""One server process, asked through the project's wire and through the official stubs."""

import subprocess
import sys
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from model.wire import ServedModel, encode_predict, model_config_text
from tests.integration.model_server_support import Client, failure, rows, save_version

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    root = tmp_path_factory.mktemp("releases")
    for version in (1, 2):
        save_version(root / "ctr", version)
    save_version(root / "wide", 1, fields=39, width=16)
    config = root / "models.config"
    served = [
        ServedModel("ctr", str(root / "ctr"), (1, 2), {"live": 1}),
        ServedModel("wide", str(root / "wide")),
    ]
    config.write_text(model_config_text(served))
    command = [sys.executable, "-m", "dynint", "model-server", "--port", "0", "--early-labels"]
    process = subprocess.Popen(
        [*command, "--model-config-file", str(config)], stderr=subprocess.PIPE, text=True
    )
    try:
        for line in process.stderr:
            if "listening on" in line:
                break
        else:
            raise AssertionError("the server ended before it listened")
        with Client(int(line.rsplit(":", 1)[1])) as client:
            yield client
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stderr.close()


def sigmoid(logit):
    return 1 / (1 + np.exp(-logit.astype(np.float64)))


@pytest.mark.parametrize("batch", [1, 100])
def test_both_clients_get_the_models_own_numbers(client, batch):
    x = rows(batch)
    logit = 2 * x.astype(np.float64).sum((1, 2))

    ours = client.predict({"embeddings": x})
    theirs = client.official({"embeddings": x}).outputs

    assert ours.keys() == theirs.keys() == {"logit", "probability"}
    np.testing.assert_allclose(ours["logit"], logit, atol=1e-5)
    np.testing.assert_allclose(ours["probability"], sigmoid(logit), atol=1e-6)
    for name, array in ours.items():
        assert array.dtype == np.float32
        assert array.shape == (batch,)
        np.testing.assert_array_equal(tf.make_ndarray(theirs[name]), array)


def test_the_rank_signature_joins_context_and_candidates(client):
    context, candidates = rows(1, 1), rows(7, 2)

    answer = client.predict({"context": context, "candidates": candidates}, signature="rank")

    expected = 2 * (context.sum() + candidates.sum((1, 2)))
    np.testing.assert_allclose(answer["logit"], expected, rtol=1e-5)


def test_an_empty_batch_gets_an_empty_answer(client):
    assert client.predict({"embeddings": rows(0)})["logit"].shape == (0,)


def test_a_version_a_label_or_the_latest(client):
    assert client.version() == 2
    assert client.version(version=1) == 1
    assert client.version(label="live") == 1


def test_the_answer_names_the_version_and_the_signature(client):
    request = encode_predict("ctr", {"embeddings": rows(1)}, label="live", signature="")
    official = predict_pb2.PredictRequest.FromString(request.SerializeToString())

    spec = client.prediction.Predict(official).model_spec

    assert (spec.name, spec.version.value, spec.signature_name) == ("ctr", 1, "serving_default")


def test_answers_come_in_float_val_as_tf_serving_gives_them(client):
    logit = client.official({"embeddings": rows(3)}).outputs["logit"]

    assert len(logit.float_val) == 3
    assert logit.tensor_content == b""


def test_only_the_outputs_asked_for_are_returned(client):
    answer = client.predict({"embeddings": rows(1)}, outputs=["logit"])

    assert answer.keys() == {"logit"}


ONE = {"embeddings": rows(1)}
EMBEDDINGS_MISSING = (
    "input size does not match signature: 0!=1 len({}) != len({embeddings}). "
    "Sent extra: {}. Missing but required: {embeddings}."
)
ERRORS = {
    "unknown model": (
        ONE,
        {"model": "zz"},
        NOT_FOUND,
        "Servable not found for request: Latest(zz)",
    ),
    "no name": (ONE, {"model": ""}, INVALID, "ModelSpec has no name specified."),
    "unknown version": (
        ONE,
        {"version": 9},
        NOT_FOUND,
        "Servable not found for request: Specific(ctr, 9)",
    ),
    "unknown label": (
        ONE,
        {"label": "canary"},
        INVALID,
        "Unrecognized servable version label: canary",
    ),
    "label of an unknown model": (
        ONE,
        {"model": "zz", "label": "live"},
        INVALID,
        "Unrecognized servable version label: live",
    ),
    "unknown signature": (
        ONE,
        {"signature": "q"},
        grpc.StatusCode.FAILED_PRECONDITION,
        'Serving signature key "q" not found.',
    ),
    "no input": ({}, {}, INVALID, EMBEDDINGS_MISSING),
    "an input too many": (
        {**ONE, "more": rows(1)},
        {},
        INVALID,
        "input size does not match signature: 2!=1 len({embeddings,more}) != len({embeddings}). "
        "Sent extra: {more}. Missing but required: {}.",
    ),
    "wrong key": (
        {"rows": rows(1)},
        {},
        INVALID,
        "Signature input alias: embeddings(feed name: serving_default_embeddings:0) not found in "
        "request and no default value provided. Inputs expected to be in the request {rows}, or "
        "default input alias set: {}",
    ),
    "wrong dtype": (
        {"embeddings": rows(1).astype(np.float64)},
        {},
        INVALID,
        "Expects arg[0] to be float but double is provided",
    ),
    "wrong second dtype": (
        {"candidates": rows(1, 2), "context": rows(1, 1).astype(np.int32)},
        {"signature": "rank"},
        INVALID,
        "Expects arg[1] to be float but int32 is provided",
    ),
    "wrong width": (
        {"embeddings": rows(2, 3, 5)},
        {},
        INVALID,
        "input embeddings: the signature's shape is (None, 3, 2); received [2, 3, 5]",
    ),
    "wrong rank": (
        {"embeddings": np.zeros(6, np.float32)},
        {},
        INVALID,
        "input embeddings: the signature's shape is (None, 3, 2); received [6]",
    ),
    "text for numbers": (
        {"embeddings": np.array([["a"]], object)},
        {},
        INVALID,
        "Expects arg[0] to be float but string is provided",
    ),
    "unknown output": (
        ONE,
        {"outputs": ["score"]},
        INVALID,
        "output tensor alias not found in signature: score Outputs expected to be in the set "
        "{logit,probability}.",
    ),
    "an output twice": (
        ONE,
        {"outputs": ["logit", "logit"]},
        INVALID,
        "duplicate output tensor alias: logit",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_is_tf_servings(client, case):
    inputs, choice, code, text = ERRORS[case]

    assert failure(client.predict, inputs, **choice) == (code, text)


def test_a_tensor_shorter_than_its_shape_is_refused(client):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "ctr"
    tensor = request.inputs["embeddings"]
    tensor.CopyFrom(tf.make_tensor_proto(rows(2)))
    expected = (INVALID, "tensor parsing error: embeddings")

    tensor.tensor_content = b"1234"
    assert failure(client.prediction.Predict, request) == expected
    tensor.ClearField("tensor_content")
    assert failure(client.prediction.Predict, request) == expected
    tensor.dtype = 99
    tensor.tensor_content = b"1234"
    assert failure(client.prediction.Predict, request) == expected


HUGE = [(100_000, 39, 16), (2**40, 39, 16), (2**62, 39, 16), (2**31, 2**31, 2**31), (1,) * 200]


@pytest.mark.parametrize("shape", HUGE, ids=str)
@pytest.mark.parametrize("field", ["float_val", "tensor_content"])
def test_a_small_request_that_declares_a_huge_tensor_is_refused_cheaply(client, shape, field):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "wide"
    tensor = request.inputs["embeddings"]
    tensor.dtype = tf.float32.as_datatype_enum
    for size in shape:
        tensor.tensor_shape.dim.add().size = size
    if field == "float_val":
        tensor.float_val.append(1.0)
    else:
        tensor.tensor_content = b"\0\0\0\0"
    start = time.monotonic()

    code, text = failure(client.prediction.Predict, request)

    assert code is INVALID
    assert text.startswith(("tensor parsing error", "input embeddings: the signature's shape"))
    assert time.monotonic() - start < 1


def test_one_element_for_a_whole_tensor_is_legal_and_fills_it(client):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "wide"
    tensor = request.inputs["embeddings"]
    tensor.CopyFrom(tf.make_tensor_proto(1.0, shape=(100, 39, 16)))
    assert len(tensor.float_val) == 1

    answer = client.prediction.Predict(request, timeout=20).outputs["logit"]

    assert set(answer.float_val) == {39.0 * 16}


def test_ten_thousand_rows_in_one_request(client):
    x = rows(10_000, 39, 16)

    answer = client.predict({"embeddings": x}, "wide")

    np.testing.assert_allclose(answer["logit"], x.sum((1, 2)), atol=1e-2)


def test_a_call_past_its_deadline_ends_and_the_server_goes_on(client):
    long = {"rounds": np.int32(100)}

    code, _ = failure(client.predict, long, signature="busy", timeout=1e-6)

    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert client.version() == 2
