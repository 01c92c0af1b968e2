"""TF Serving's list, read back by TF Serving's own messages."""

from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from model.bundle import Canary, Pointer, promote, read_pointer, rollback, write_pointer
from model.bundle.announcement import Announcement
from model.errors import BundleError, InvalidInputError
from tests.unit.bundle.small_bundle import write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in ("1", "2", "3", "4"):
        write_bundle(tmp_path / "dynint" / version)
    return tmp_path / "dynint"


def served(folder: Path) -> tuple[list[int], dict[str, int]]:
    """Read versions and labels as TF Serving does."""
    config = text_format.Parse((folder / "tf_serving.config").read_bytes(), ModelServerConfig())
    (model,) = config.model_config_list.config
    assert (model.name, model.model_platform) == ("dynint", "tensorflow")
    assert model.model_version_policy.WhichOneof("policy_choice") == "specific"
    return list(model.model_version_policy.specific.versions), dict(model.version_labels)


def test_it_names_live_previous_and_canary(folder: Path):
    promote(folder, 1)
    assert served(folder)[0] == [1]
    promote(folder, 2)
    assert served(folder)[0] == [1, 2]
    write_pointer(folder, Pointer("2", "1", Canary("3", 0.1)))
    assert served(folder)[0] == [1, 2, 3]
    promote(folder, 4)
    assert served(folder)[0] == [2, 4]


def test_a_version_is_labelled_only_once_servers_could_load_it(folder: Path):
    promote(folder, 1)
    assert served(folder) == ([1], {})
    Announcement(folder, 2).begin()
    assert served(folder) == ([1, 2], {"stable": 1})
    promote(folder, 2)
    assert served(folder) == ([1, 2], {"stable": 2})
    rollback(folder)
    assert served(folder) == ([1, 2], {"stable": 1})
    promote(folder, 3)  # nobody has loaded it: TF Serving would refuse the whole file
    assert served(folder) == ([1, 3], {})
    Announcement(folder, 4).begin()
    write_pointer(folder, Pointer("3", "1", Canary("4", 0.1)))
    assert served(folder) == ([1, 3, 4], {"stable": 3, "canary": 4})


def test_an_announced_version_is_served_and_not_live(folder: Path):
    Announcement(folder, 1).begin()  # nothing is live yet
    assert (served(folder), read_pointer(folder)) == (([1], {}), None)
    promote(folder, 1)
    before = (folder / "current.json").read_bytes()
    second, third, first = (Announcement(folder, version) for version in (2, 3, 1))
    second.begin()
    assert read_pointer(folder) == Pointer("1", awaited="2")
    third.begin()
    assert read_pointer(folder) == Pointer("1", awaited="3")
    second.withdraw()
    assert served(folder)[0] == [1, 3]
    third.withdraw()
    assert served(folder) == ([1], {"stable": 1})
    assert (folder / "current.json").read_bytes() == before
    first.begin()
    first.withdraw()
    assert (folder / "current.json").read_bytes() == before


def test_only_what_is_there_and_verifies_is_announced(folder: Path):
    promote(folder, 1)
    (folder / "2" / "golden.json").unlink()
    with pytest.raises(BundleError, match=r"golden\.json"):
        Announcement(folder, 2).begin()
    with pytest.raises(InvalidInputError, match="there is no version 9"):
        Announcement(folder, 9).begin()
    assert (served(folder)[0], read_pointer(folder)) == ([1], Pointer("1"))


def base_path(folder: Path) -> str:
    config = text_format.Parse((folder / "tf_serving.config").read_bytes(), ModelServerConfig())
    return config.model_config_list.config[0].base_path


def test_the_base_path_is_where_tf_serving_sees_the_root(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    promote(folder, 1)
    assert base_path(folder) == "/models/dynint"
    for root in ("/srv/releases/", "s3://bucket/releases", '/a "quoted" \\ root'):
        monkeypatch.setenv("DYNINT_TF_SERVING_ROOT", root)
        write_pointer(folder, Pointer("1"))
        assert base_path(folder) == f"{root.rstrip('/')}/dynint"
    for root in ("models", "/a\nb"):
        monkeypatch.setenv("DYNINT_TF_SERVING_ROOT", root)
        with pytest.raises(InvalidInputError, match="DYNINT_TF_SERVING_ROOT: must be"):
            write_pointer(folder, Pointer("2", "1"))
    assert read_pointer(folder) == Pointer("1")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"model_config_list {}"])
def test_a_file_that_somebody_spoilt_is_written_anew(folder: Path, content: bytes):
    promote(folder, 1)
    (folder / "tf_serving.config").write_bytes(content)
    promote(folder, 2)
    assert served(folder) == ([1, 2], {})


def test_a_list_that_cannot_be_widened_leaves_the_pointer(folder: Path):
    promote(folder, 1)
    (folder / "tf_serving.config").unlink()
    (folder / "tf_serving.config").mkdir()
    with pytest.raises(InvalidInputError, match="the old pointer stands"):
        promote(folder, 2)
    assert read_pointer(folder) == Pointer("1")


def test_promoting_the_live_version_writes_a_lost_list_anew_and_nothing_else(folder: Path):
    promote(folder, 1)
    promote(folder, 2)
    before = (folder / "current.json").read_bytes()
    (folder / "tf_serving.config").unlink()
    assert promote(folder, 2) == Pointer("2", "1")
    assert served(folder) == (
        [1, 2],
        {},
    )  # labels come with the next one: nobody may have loaded them
    assert (folder / "current.json").read_bytes() == before
