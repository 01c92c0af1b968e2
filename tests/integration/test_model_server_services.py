"""What the server answers beside predictions: metadata, status, health, refusals."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    predict_pb2,
)

from model.wire import ServedModel, model_config_text
from tests.integration.model_server_support import failure, save_version, serving

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    base = tmp_path_factory.mktemp("releases") / "ctr"
    for version in (1, 2):
        save_version(base, version)
    config = base.parent / "models.config"
    config.write_text(model_config_text([ServedModel("ctr", str(base), (1, 2))]))
    with serving(base, root=None, config_file=config) as client:
        yield client


def test_a_request_without_a_model_spec_is_refused(client):
    missing = (INVALID, "Missing ModelSpec")

    assert failure(client.prediction.Predict, predict_pb2.PredictRequest()) == missing
    metadata = get_model_metadata_pb2.GetModelMetadataRequest()
    assert failure(client.prediction.GetModelMetadata, metadata) == missing
    status = get_model_status_pb2.GetModelStatusRequest()
    assert failure(client.model.GetModelStatus, status) == missing


def test_metadata_describes_every_signature(client):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "ctr"

    response = client.prediction.GetModelMetadata(request)

    definitions = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(definitions)
    assert response.model_spec.version.value == 2
    assert definitions.signature_def.keys() >= {"serving_default", "rank"}
    info = definitions.signature_def["serving_default"].inputs["embeddings"]
    assert [dim.size for dim in info.tensor_shape.dim] == [-1, 3, 2]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([], "GetModelMetadataRequest must specify at least one metadata_field"),
        (["graph"], "Metadata field graph is not supported"),
    ],
)
def test_other_metadata_is_refused(client, fields, text):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
    request.model_spec.name = "ctr"

    assert failure(client.prediction.GetModelMetadata, request) == (INVALID, text)


def test_the_status_tells_each_version(client):
    assert client.states() == {2: "AVAILABLE", 1: "AVAILABLE"}
    assert [status.error_code for status in client.statuses()] == [0, 0]


def test_the_status_of_an_unknown_model_or_version(client):
    assert failure(client.statuses, "zz") == (
        NOT_FOUND,
        "Could not find any versions of model zz",
    )
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "ctr"
    request.model_spec.version.value = 9
    assert failure(client.model.GetModelStatus, request) == (
        NOT_FOUND,
        "Could not find version 9 of model ctr",
    )


def test_health_is_serving(client):
    check = health_pb2_grpc.HealthStub(client.channel).Check

    response = check(health_pb2.HealthCheckRequest())
    assert response.status == health_pb2.HealthCheckResponse.SERVING
    assert failure(check, health_pb2.HealthCheckRequest(service="zz"))[0] is NOT_FOUND


def test_methods_of_other_tasks_are_unimplemented(client):
    code, _ = failure(client.prediction.Classify, classification_pb2.ClassificationRequest())

    assert code is grpc.StatusCode.UNIMPLEMENTED


def test_a_reload_that_is_no_model_list_is_refused(client):
    code, text = failure(
        client.model.HandleReloadConfigRequest, model_management_pb2.ReloadConfigRequest()
    )

    assert code is INVALID
    assert text.startswith("ServerModelConfig type not supported by HandleReloadConfigRequest.")


def test_without_a_root_a_request_may_name_no_path(client):
    code, text = failure(client.reload, [ServedModel("other", "/srv/other")])

    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert "no root folder" in text
