"""Versions and labels chosen by HandleReloadConfigRequest and by the config file."""

import os
from pathlib import Path

import grpc
import pytest

from model.wire import ServedModel, model_config_text
from tests.integration.model_server_support import Client, failure, save_version, serving, wait_for

FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
def base(tmp_path) -> Path:
    folder = tmp_path / "ctr"
    save_version(folder, 1)
    return folder


def test_a_reload_chooses_versions_and_then_labels(base):
    save_version(base, 2)
    with serving(base) as client:
        client.reload([ServedModel("ctr", str(base), (1, 2))])
        wait_for(lambda: client.state(1) == "AVAILABLE", "version 1")
        client.reload([ServedModel("ctr", str(base), (1, 2), {"live": 1, "canary": 2})])
        assert (client.version(label="live"), client.version(label="canary")) == (1, 2)

        client.reload([ServedModel("ctr", str(base), (1, 2), {"live": 2})])
        assert client.version(label="live") == 2
        assert failure(client.version, label="canary") == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "Unrecognized servable version label: canary",
        )


def test_a_label_of_a_version_that_is_not_available_is_refused(base):
    with serving(base) as client:
        client.reload([ServedModel("ctr", str(base), (1,), {"live": 1})])
        refused = (
            FAILED_PRECONDITION,
            "Request to assign label to version 2 of model ctr, which is not currently available "
            "for inference",
        )
        bad = [ServedModel("ctr", str(base), (2,), {"live": 2})]

        assert failure(client.reload, bad) == refused
        assert client.version(label="live") == 1


def test_early_labels_may_be_new_but_not_move(base):
    with serving(base, early_labels=True) as client:
        client.reload([ServedModel("ctr", str(base), (1, 2), {"live": 1, "canary": 2})])
        assert failure(client.version, label="canary")[0] is grpc.StatusCode.NOT_FOUND
        save_version(base, 2)
        wait_for(lambda: client.state(2) == "AVAILABLE", "version 2")
        assert client.version(label="canary") == 2

        code, _ = failure(
            client.reload, [ServedModel("ctr", str(base), (1, 2), {"live": 3, "canary": 2})]
        )
        assert code is FAILED_PRECONDITION


def test_a_reload_adds_and_removes_models(base, tmp_path):
    save_version(tmp_path / "second", 4)
    with serving(base) as client:
        client.reload([ServedModel("second", str(tmp_path / "second"))])

        assert client.version("second") == 4
        wait_for(lambda: client.states() == {1: "END"}, "the end of the model not configured")
        assert failure(client.version)[1] == "Servable not found for request: Latest(ctr)"


def test_a_reload_tells_of_a_new_model_that_cannot_be_loaded(base, tmp_path):
    save_version(tmp_path / "second", 4, change=empty)
    with serving(base) as client:
        code, text = failure(client.reload, [ServedModel("second", str(tmp_path / "second"))])

        assert code is grpc.StatusCode.UNKNOWN
        assert text.startswith(
            "1 model(s) did not become available: {{{name: second version: 4} due to error: "
        )


@pytest.mark.parametrize(
    ("name", "path", "code", "text"),
    [
        ("x", "{root}/../elsewhere", grpc.StatusCode.PERMISSION_DENIED, "folders below"),
        ("x", "/etc", grpc.StatusCode.PERMISSION_DENIED, "folders below"),
        ("ctr", "{root}/ctr", grpc.StatusCode.INVALID_ARGUMENT, "list model ctr multiple times"),
    ],
)
def test_a_reload_that_must_not_be_is_refused_and_changes_nothing(base, name, path, code, text):
    with serving(base) as client:
        wanted = [
            ServedModel("ctr", str(base)),
            ServedModel(name, path.format(root=base.parent)),
        ]
        got, message = failure(client.reload, wanted)

        assert got is code
        assert text in message
        assert client.version() == 1


def test_the_config_file_is_followed(base, tmp_path, capsys):
    save_version(base, 2)
    file = tmp_path / "models.config"
    file.write_text(model_config_text([ServedModel("ctr", str(base), (1,))]))
    with serving(base, config_file=file) as client:
        assert client.version() == 1

        file.write_text(model_config_text([ServedModel("ctr", str(base), (1, 2))]))
        wait_for(lambda: client.state(2) == "AVAILABLE", "version 2")
        labelled = [ServedModel("ctr", str(base), (1, 2), {"live": 1})]
        file.write_text(model_config_text(labelled))
        wait_for(lambda: label_or_none(client) == 1, "the label")

        file.write_text("model_config_list { config { nonsense")
        wait_for(lambda: "models.config is not taken" in capsys.readouterr().err, "a complaint")
        assert client.version(label="live") == 1
        file.unlink()
        os.mkfifo(file)  # nobody writes to it
        wait_for(lambda: "a pipe" in capsys.readouterr().err, "a complaint")
        file.unlink()
        moved = [ServedModel("ctr", str(base), (1, 2), {"live": 2})]
        file.write_text(model_config_text(moved))
        wait_for(lambda: label_or_none(client) == 2, "the moved label")


def label_or_none(client: Client) -> int | None:
    try:
        return client.version(label="live")
    except grpc.RpcError:
        return None


def empty(staged: Path) -> None:
    (staged / "saved_model.pb").unlink()
