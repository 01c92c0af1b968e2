"""The registry and the keeper with a loader that does what a test says: every state, in order."""

from pathlib import Path

import grpc
import pytest
from google.protobuf import text_format
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from service.model_server.model_registry import ModelRegistry
from service.model_server.serving_error import ServingError
from service.model_server.version_keeper import VersionKeeper

SPEC = ModelSpec(name="ctr")


class FakeServable:
    """Stands in for a loaded model."""

    def __init__(self, version: int) -> None:
        self.version = version

    def predict(self, request):
        return request

    def signature_defs(self):
        raise NotImplementedError


class FakeLoader:
    """Loads any directory; ``during`` is called in mid-load, and what it raises is the load's error."""

    def __init__(self) -> None:
        self.loaded: list[int] = []
        self.during = lambda version: None

    def __call__(self, path: Path, name: str, version: int) -> FakeServable:
        self.during(version)
        self.loaded.append(version)
        return FakeServable(version)


class House:
    """One model "ctr" in a folder, served by hand: ``settle`` is one look of the keeper."""

    def __init__(self, base: Path, policy: str = "", kept_ended: int = 50) -> None:
        self.base = base
        self.registry = ModelRegistry(kept_ended=kept_ended)
        self.loader = FakeLoader()
        self.lines: list[str] = []
        self.keeper = VersionKeeper(self.registry, self.loader, 1.0, tell=self.lines.append)
        self.configure(policy)

    def configure(self, policy: str) -> None:
        text = f"""model_config_list {{ config {{ name: "ctr" base_path: "{self.base}"
                   model_platform: "tensorflow" model_version_policy {{ {policy} }} }} }}"""
        self.registry.configure(text_format.Parse(text, ModelServerConfig()))

    def settle(self, *versions: int) -> dict[int, str]:
        for version in versions:
            (self.base / str(version)).mkdir()
        self.keeper.settle()
        return self.states()

    def states(self) -> dict[int, str]:
        try:
            statuses = self.registry.statuses(SPEC)
        except ServingError:
            return {}
        return {status.version: status.state.name for status in statuses}

    def latest(self) -> int:
        with self.registry.lease(SPEC) as servable:
            return servable.version


@pytest.fixture
def house(tmp_path) -> House:
    return House(tmp_path)


def test_a_version_is_start_then_loading_then_available(house):
    seen: list[dict[int, str]] = []
    house.loader.during = lambda version: seen.append(house.states())
    house.configure("all { }")

    assert house.settle(1, 2) == {2: "AVAILABLE", 1: "AVAILABLE"}
    assert seen == [{2: "LOADING", 1: "START"}, {2: "AVAILABLE", 1: "LOADING"}]


def test_the_old_version_answers_until_the_new_one_is_available(house):
    house.settle(1)
    seen: list[tuple[int, dict[int, str]]] = []
    house.loader.during = lambda version: seen.append((house.latest(), house.states()))

    assert house.settle(2) == {2: "AVAILABLE", 1: "END"}
    assert seen == [(1, {2: "LOADING", 1: "AVAILABLE"})]
    assert house.latest() == 2


def test_a_version_with_calls_in_flight_is_unloading_until_the_last_returns(house):
    house.settle(1)
    with house.registry.lease(SPEC) as first, house.registry.lease(SPEC) as second:
        assert house.settle(2) == {2: "AVAILABLE", 1: "UNLOADING"}
        assert house.latest() == 2
        assert first.version == second.version == 1
    assert house.states() == {2: "AVAILABLE", 1: "END"}


def test_a_call_that_fails_gives_its_version_back(house):
    house.settle(1)
    with pytest.raises(KeyError), house.registry.lease(SPEC):
        raise KeyError
    assert house.settle(2) == {2: "AVAILABLE", 1: "END"}


def test_a_failed_load_ends_with_its_error_and_is_not_tried_again(house):
    house.settle(1)

    def fail(version: int) -> None:
        raise ServingError(grpc.StatusCode.DATA_LOSS, "truncated")

    house.loader.during = fail
    assert house.settle(2) == {2: "END", 1: "AVAILABLE"}
    told = house.registry.statuses(SPEC)[0]
    assert (told.error_code, told.error_message) == (15, "truncated")

    house.loader.during = lambda version: None
    assert house.settle() == {2: "END", 1: "AVAILABLE"}
    assert house.lines[-1] == "ctr/2: not loaded: truncated"


def test_a_failed_version_is_tried_again_when_its_directory_is_another(house, tmp_path):
    house.settle(1)

    def fail(version: int) -> None:
        raise MemoryError("too big")

    house.loader.during = fail
    house.settle(2)
    assert house.registry.statuses(SPEC)[0].error_message == "MemoryError: too big"

    house.loader.during = lambda version: None
    (house.base / "2" / "saved_model.pb").write_bytes(b"now whole")
    assert house.settle() == {2: "AVAILABLE", 1: "END"}


def test_a_version_that_was_unloaded_can_come_back(house):
    house.settle(1)
    house.settle(2)
    (house.base / "2").rmdir()

    assert house.settle() == {2: "END", 1: "AVAILABLE"}
    assert house.loader.loaded == [1, 2, 1]


def test_the_latest_n_and_the_named_versions(house):
    house.configure("latest { num_versions: 2 }")
    assert house.settle(1, 2, 3) == {3: "AVAILABLE", 2: "AVAILABLE"}

    house.configure("specific { versions: 1 versions: 3 versions: 7 }")
    assert house.settle() == {3: "AVAILABLE", 2: "END", 1: "AVAILABLE"}


def test_a_base_path_that_cannot_be_read_unloads_nothing(house, tmp_path):
    house.settle(1)
    house.base.rename(tmp_path.with_name("moved"))

    assert house.settle() == {1: "AVAILABLE"}
    assert house.settle() == {1: "AVAILABLE"}
    assert [line for line in house.lines if "cannot read" in line] == [
        f"ctr: cannot read {house.base}: No such file or directory"
    ]


def test_a_configuration_changed_in_mid_load_stops_the_loads_that_it_does_not_want(house):
    house.configure("all { }")
    house.loader.during = lambda version: house.configure("specific { versions: 3 }")

    house.settle(1, 2, 3)

    assert house.loader.loaded == [3]
    house.settle()
    assert house.loader.loaded == [3]


def test_ended_versions_are_forgotten_one_day(tmp_path):
    house = House(tmp_path, kept_ended=2)
    for version in range(1, 7):
        house.settle(version)

    assert house.settle() == {6: "AVAILABLE", 5: "END", 4: "END"}
