"""The command: its lines, its exit codes, and its end under load."""

import json
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from typer.testing import CliRunner

from model.errors import InvalidInputError
from model.wire import ServedModel, encode_predict, model_config_text
from service.cli import app
from service.model_server.options import ModelServerOptions
from service.model_server.server import ModelServer
from tests.integration.model_server_support import Client, rows, save_version, wait_for

COMMAND = [sys.executable, "-m", "dynint", "model-server"]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("releases")
    save_version(root / "ctr", 1)
    return root


@contextmanager
def running(root: Path, *arguments: str):
    process = subprocess.Popen(
        [*COMMAND, "--root", str(root), "--name", "ctr", "--port", "0", "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told = json.loads(process.stdout.readline())
        yield process, told
    finally:
        process.kill()
        process.communicate()


def test_sigterm_under_load_lets_every_accepted_call_end(root):
    with running(root, "--threads", "2") as (process, told), Client(told["port"]) as client:
        done: list[int] = []
        refusals: list[tuple[grpc.StatusCode, str]] = []

        def call() -> None:
            x = {"embeddings": rows(100)}
            while True:
                try:
                    done.append(len(client.predict(x)["logit"]))
                except grpc.RpcError as error:
                    refusals.append((error.code(), error.details()))
                    return

        callers = [threading.Thread(target=call) for _ in range(4)]
        long = client.prediction.Predict.future(busy_request(200_000))
        for caller in callers:
            caller.start()
        wait_for(lambda: len(done) > 50, "calls under way")
        process.send_signal(signal.SIGTERM)
        for caller in callers:
            caller.join(20)

        unavailable = (grpc.StatusCode.UNAVAILABLE, "The server is shutting down")
        assert refusals == [unavailable] * 4
        assert set(done) == {100}
        assert long.result(20).outputs["done"].int_val == [200_000]
        assert process.wait(20) == 0
        assert process.stderr.read().splitlines()[-2:] == [
            "model-server: draining",
            "model-server: stopped",
        ]


def busy_request(rounds: int) -> PredictRequest:
    request = encode_predict("ctr", {"rounds": np.int32(rounds)}, signature="busy")
    return PredictRequest.FromString(request.SerializeToString())


def test_calls_that_outlive_the_drain_are_cut_off(root):
    with running(root, "--drain-seconds", "0.2") as (process, told), Client(told["port"]) as client:
        assert told == {
            "address": f"127.0.0.1:{told['port']}",
            "host": "127.0.0.1",
            "port": told["port"],
        }
        long = client.prediction.Predict.future(busy_request(2**30))
        wait_for(lambda: client.version() == 1 and long.running(), "the long call")

        process.send_signal(signal.SIGINT)

        assert process.wait(20) == 1
        lines = process.stderr.read().splitlines()
        assert f"model-server: listening on {told['address']}" in lines
        assert lines[-1] == "model-server: cut off what still ran after 0.2 s"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected model_config_list { config { ... } }; received an empty file"),
        ("model_config_list { confg { } }", "not a ModelServerConfig"),
        ('model_config_list { config { name: "a" base_path: "rel" } }', "absolute path"),
        (
            model_config_text([ServedModel("ctr", "/models/ctr", (1,), {"live": 1})]),
            "Request to assign label to version 1 of model ctr, which is not currently available "
            "for inference. Labels of versions that are still to be loaded need --early-labels",
        ),
    ],
)
def test_a_config_file_that_cannot_be_served_is_bad_input(tmp_path, text, message):
    file = tmp_path / "models.config"
    file.write_text(text)

    result = refused("--model-config-file", str(file))

    assert f"error: {file}: " in result
    assert message in result


def test_a_missing_root_or_file_is_bad_input(tmp_path):
    assert "give --root, or --model-config-file; received neither" in refused()
    assert "root: must be an existing folder" in refused("--root", str(tmp_path / "none"))
    assert "no such file" in refused("--model-config-file", str(tmp_path / "none"))


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["model-server", *arguments])
    assert result.exit_code == 2
    return result.stderr


def test_a_port_in_use_is_bad_input(root):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ModelServer(ModelServerOptions(root=root, name="ctr", port=port))
        with pytest.raises(InvalidInputError, match=f"must be free on 127.0.0.1; received {port}"):
            server.start()
        assert server.stop()


def test_the_help_says_what_it_is_for():
    result = CliRunner().invoke(app, ["model-server", "--help"])

    assert result.exit_code == 0
    for word in ("development", "ARM", "--model-config-file", "--threads"):
        assert word in result.stdout
