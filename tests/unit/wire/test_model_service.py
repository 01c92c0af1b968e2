import pytest

from model.wire import (
    GetModelStatusResponse,
    ReloadConfigResponse,
    ServedModel,
    VersionState,
    VersionStatus,
    WireError,
    decode_model_status,
    decode_reload,
    encode_model_status,
    encode_reload,
    model_config_text,
)


def test_the_states_come_highest_version_first():
    response = GetModelStatusResponse()
    response.model_version_status.add(version=6, state=40)
    failed = response.model_version_status.add(version=7, state=50)
    failed.status.error_code = 2
    failed.status.error_message = "truncated"

    assert decode_model_status(response.SerializeToString()) == (
        VersionStatus(7, VersionState.END, 2, "truncated"),
        VersionStatus(6, VersionState.UNLOADING),
    )


def test_a_state_out_of_the_protocol_is_refused():
    response = GetModelStatusResponse()
    response.model_version_status.add(version=7, state=99)

    with pytest.raises(WireError, match="state of version 7: received 99"):
        decode_model_status(response)


def test_bytes_that_are_no_status_are_refused():
    with pytest.raises(WireError, match="GetModelStatusResponse: 2 bytes"):
        decode_model_status(b"\x0a\xff")


def test_a_status_request_names_a_version_or_a_label():
    assert encode_model_status("ctr", version=3).model_spec.version.value == 3
    assert encode_model_status("ctr", label="live").model_spec.version_label == "live"


def test_a_reload_request_names_every_version_and_label():
    request = encode_reload([ServedModel("ctr", "/models/ctr", (7, 6), {"live": 7})])

    (config,) = request.config.model_config_list.config
    assert (config.name, config.base_path, config.model_platform) == (
        "ctr",
        "/models/ctr",
        "tensorflow",
    )
    assert list(config.model_version_policy.specific.versions) == [7, 6]
    assert dict(config.version_labels) == {"live": 7}


def test_without_versions_the_server_keeps_its_own_policy():
    (config,) = encode_reload([ServedModel("ctr", "/m")]).config.model_config_list.config

    assert not config.HasField("model_version_policy")


def test_an_empty_list_is_a_list():
    assert encode_reload([]).config.HasField("model_config_list")


def test_a_refused_reload_is_an_error_with_the_servers_words():
    decode_reload(ReloadConfigResponse())
    response = ReloadConfigResponse()
    response.status.error_code = 9
    response.status.error_message = "not available"

    with pytest.raises(WireError, match="reload refused with code 9: not available"):
        decode_reload(response)


def test_the_config_file_reads_as_people_write_it():
    assert (
        model_config_text([ServedModel("ctr", "/m", (7,), {"live": 7, "canary": 7})])
        == """\
model_config_list {
  config {
    name: "ctr"
    base_path: "/m"
    model_platform: "tensorflow"
    model_version_policy {
      specific {
        versions: 7
      }
    }
    version_labels {
      key: "canary"
      value: 7
    }
    version_labels {
      key: "live"
      value: 7
    }
  }
}
"""
    )
