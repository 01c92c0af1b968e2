"""Versions that come and go while the server answers, over a real socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from tests.integration.model_server_support import (
    Client,
    failure,
    rows,
    save_version,
    serving,
    wait_for,
)


@pytest.fixture
def base(tmp_path) -> Path:
    folder = tmp_path / "ctr"
    save_version(folder, 1)
    return folder


def test_a_new_version_takes_over_without_a_failed_call(base):
    with serving(base, latest_only=True) as client:
        answers: list[int] = []
        stop = threading.Event()

        def call() -> None:
            while not stop.is_set():
                answers.append(client.version())

        caller = threading.Thread(target=call)
        caller.start()
        try:
            for version in (2, 3):
                save_version(base, version)
                wait_for(lambda v=version: answers and answers[-1] == v, f"answers of {version}")
        finally:
            stop.set()
            caller.join(10)
        assert answers == sorted(answers)
        assert set(answers) == {1, 2, 3}
        wait_for(lambda: client.state(2) == "END", "the end of version 2")
        assert client.states() == {3: "AVAILABLE", 2: "END", 1: "END"}
        not_found = (grpc.StatusCode.NOT_FOUND, "Servable not found for request: Specific(ctr, 1)")
        assert failure(client.version, version=1) == not_found


def test_all_versions_are_served_when_asked_for(base):
    save_version(base, 2)
    with serving(base, all_versions=True) as client:
        save_version(base, 10)
        wait_for(lambda: client.state(10) == "AVAILABLE", "version 10")

        assert [client.version(version=v) for v in (1, 2, 10)] == [1, 2, 10]
        assert client.version() == 10


def test_a_server_that_finds_nothing_waits_for_a_version(tmp_path):
    base = tmp_path / "ctr"
    with serving(base) as client:
        assert failure(client.version) == (
            grpc.StatusCode.NOT_FOUND,
            "Servable not found for request: Latest(ctr)",
        )
        save_version(base, 1)
        wait_for(lambda: "AVAILABLE" in states_or_none(client), "the first version")
        assert client.version() == 1


def states_or_none(client: Client) -> list[str]:
    try:
        return list(client.states().values())
    except grpc.RpcError:
        return []


def truncate_variables(staged: Path) -> None:
    data = staged / "variables/variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:5])


def truncate_graph(staged: Path) -> None:
    graph = staged / "saved_model.pb"
    graph.write_bytes(graph.read_bytes()[:-100])


def remove_graph(staged: Path) -> None:
    (staged / "saved_model.pb").unlink()


def link_graph(staged: Path) -> None:
    graph = staged / "saved_model.pb"
    elsewhere = staged.parent / "elsewhere.pb"
    graph.rename(elsewhere)
    graph.symlink_to(elsewhere)


@pytest.mark.parametrize(
    "damage",
    [truncate_variables, truncate_graph, remove_graph, link_graph],
    ids=lambda f: f.__name__,
)
def test_a_version_that_cannot_be_loaded_changes_nothing_else(base, damage):
    with serving(base) as client:
        save_version(base, 2, change=damage)
        wait_for(lambda: client.state(2) == "END", "the end of the broken version")

        broken, whole = client.statuses()
        assert broken.error_code != 0
        assert broken.error_message
        assert whole.state.name == "AVAILABLE"
        assert client.version() == 1
        save_version(base, 2)
        wait_for(lambda: client.version() == 2, "the version in a mended directory")


def test_only_directories_named_by_a_positive_integer_are_versions(base, tmp_path):
    save_version(tmp_path / "other", 9)
    (base / "8").symlink_to(tmp_path / "other" / "9")
    (base / "7").write_text("a file")
    for name in ("0", "-6", "06", "6.0", "v6", "99999999999999999999", "६"):
        (base / name).mkdir()

    with serving(base, all_versions=True) as client:
        assert client.states() == {1: "AVAILABLE"}


def test_a_version_that_leaves_the_disk_is_unloaded_for_its_predecessor(base, tmp_path):
    save_version(base, 2)
    with serving(base) as client:
        assert client.version() == 2

        (base / "2").rename(tmp_path / "gone")

        wait_for(lambda: client.version() == 1, "the version before")
        wait_for(lambda: client.state(2) == "END", "the end of the removed version")


def write_warmup(*requests: predict_pb2.PredictRequest):
    def change(staged: Path) -> None:
        (staged / "assets.extra").mkdir()
        file = str(staged / "assets.extra/tf_serving_warmup_requests")
        with tf.io.TFRecordWriter(file) as writer:
            for request in requests:
                log = prediction_log_pb2.PredictionLog()
                log.predict_log.request.CopyFrom(request)
                writer.write(log.SerializeToString())

    return change


def count_request(signature: str = "count") -> predict_pb2.PredictRequest:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "ctr"
    request.model_spec.signature_name = signature
    request.inputs["by"].CopyFrom(tf.make_tensor_proto(np.int32(1)))
    return request


def test_the_warmup_requests_are_replayed_before_the_version_answers(base):
    save_version(base, 2, change=write_warmup(count_request(), count_request()))
    with serving(base) as client:
        answer = client.predict({"by": np.int32(1)}, signature="count")

        assert int(answer["calls"]) == 3


def test_a_version_whose_warmup_fails_is_not_served(base):
    with serving(base) as client:
        save_version(base, 2, change=write_warmup(count_request("q")))
        wait_for(lambda: client.state(2) == "END", "the end of the version")

        assert client.statuses()[0].error_message == 'Serving signature key "q" not found.'
        assert client.version() == 1


def test_a_broken_warmup_file_is_told(base):
    def change(staged: Path) -> None:
        (staged / "assets.extra").mkdir()
        (staged / "assets.extra/tf_serving_warmup_requests").write_bytes(b"not a record file")

    with serving(base) as client:
        save_version(base, 2, change=change)
        wait_for(lambda: client.state(2) == "END", "the end of the version")

        assert "TFRecord format" in client.statuses()[0].error_message


def test_a_version_that_goes_ends_after_its_last_call(base):
    with serving(base, threads=2, latest_only=True) as client:
        rounds = {"rounds": np.int32(300_000)}
        answer: list[int] = []
        caller = threading.Thread(
            target=lambda: answer.append(
                int(client.predict(rounds, signature="busy", version=1)["done"])
            )
        )
        caller.start()
        save_version(base, 2)
        wait_for(lambda: client.version() == 2, "version 2")
        caller.join(20)

        assert answer == [300_000]
        wait_for(lambda: client.state(1) == "END", "the end of version 1")


def test_a_full_queue_refuses_and_a_waiting_call_keeps_its_deadline(base):
    with serving(base, threads=1, queue=1) as client:
        long = {"rounds": np.int32(400_000)}
        answers = []

        def insist() -> None:
            while not answers:
                with suppress_full():  # the short calls may have been faster
                    answers.append(client.predict(long, signature="busy"))

        caller = threading.Thread(target=insist)
        caller.start()
        codes: set[grpc.StatusCode] = set()

        def crowded() -> bool:
            # Two short calls at once beside the long one: one waits, the other finds the queue full.
            requests = [client.prediction.Predict.future(one_row(), timeout=0.2) for _ in range(3)]
            codes.update(request.code() for request in requests)
            return {
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                grpc.StatusCode.DEADLINE_EXCEEDED,
            } <= codes or not caller.is_alive()

        wait_for(crowded, "a full queue")
        assert grpc.StatusCode.RESOURCE_EXHAUSTED in codes
        assert grpc.StatusCode.DEADLINE_EXCEEDED in codes
        assert client.states() == {1: "AVAILABLE"}
        caller.join(30)
        assert answers
        assert client.version() == 1


@contextmanager
def suppress_full() -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
            raise


def one_row() -> predict_pb2.PredictRequest:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "ctr"
    request.inputs["embeddings"].CopyFrom(tf.make_tensor_proto(rows(1)))
    return request
