import errno
import os
import shutil
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from tests.model.training.prepared import write_prepared
from training.train.metrics_log import MetricsLog
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.run_folder import RunFolder
from training.train.whole_file import write_whole


def test_two_at_once_in_one_folder_are_refused(tmp_path):
    with (
        RunFolder(tmp_path / "run").locked(),
        pytest.raises(InvalidInputError, match="another 'dynint train' is at work"),
        RunFolder(tmp_path / "run").locked(),
    ):
        pass
    with RunFolder(tmp_path / "run").locked():
        assert (tmp_path / "run").is_dir()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "run").touch()
    with (
        pytest.raises(InvalidInputError, match="out: must be a folder"),
        RunFolder(tmp_path / "run").locked(),
    ):
        pass


def test_the_log_forgets_what_a_resumed_run_does_again(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    for step in (10, 20, 30):
        log.append({"step": step, "valid_auc": 0.1 * step})
    with log.path.open("a") as file:
        file.write('{"step": 40, "val')  # killed while it wrote
    log.rewind(20)
    assert [entry["step"] for entry in log.entries()] == [10, 20]


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied"),
        OSError(errno.EROFS, "Read-only file system"),
    ],
)
@pytest.mark.parametrize("call", ["mkdir", "open"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, call, error):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(Path, call, fail)
    message = f"out: must be a folder that can be written; .*run: {error.strerror}"
    with pytest.raises(InvalidInputError, match=message), RunFolder(tmp_path / "run").locked():
        pass


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "prepared"
    return PreparedData.open(write_prepared(folder, {"train": 10, "valid": 10, "test": 10}))


CONFIG = RunConfig.parse({"model": {"name": "lr"}})
OTHER = RunConfig.parse({"model": {"name": "lr"}, "training": {"epochs": 2}})


def finished_run(path, data):
    """Make a folder as a finished run leaves it."""
    folder = RunFolder(path)
    path.mkdir()
    run = folder.start(CONFIG, data)
    for step in (10, 20):
        (folder.checkpoints.path / f"step-{step:09d}").mkdir(parents=True)
    (folder.model).mkdir()
    (folder.model / "model.json").write_text("{}")
    folder.metrics.append({"step": 20})
    folder.curves_file.touch()
    folder.write(run | {"status": "finished", "metrics": {}})
    return folder


def test_a_finished_run_is_found(tmp_path, data):
    folder = finished_run(tmp_path / "run", data)
    assert folder.finished(folder.find(CONFIG, data))
    with pytest.raises(InvalidInputError, match=r"training\.epochs is 2, not 1.*--no-resume"):
        folder.find(OTHER, data)


def test_a_run_that_lost_its_model_is_not_finished(tmp_path, data):
    folder = finished_run(tmp_path / "run", data)
    (folder.model / "model.json").unlink()
    assert not folder.finished(folder.find(CONFIG, data))


@pytest.mark.parametrize("moment", range(12))
def test_a_process_killed_while_it_clears_leaves_no_run_that_looks_whole(
    tmp_path, data, monkeypatch, moment
):
    folder = finished_run(tmp_path / "run", data)
    left = moment

    class KilledError(BaseException):
        pass

    def until(call):
        def called(*arguments, **options):
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return call(*arguments, **options)

        return called

    with monkeypatch.context() as patch:
        for name in ("unlink", "replace"):
            patch.setattr(Path, name, until(getattr(Path, name)))
        patch.setattr(shutil, "rmtree", until(shutil.rmtree))
        try:
            folder.start(OTHER, data)
        except KilledError:
            assert moment < 8
    folder.check()
    if folder.read()["status"] == "finished":
        assert folder.finished(folder.find(CONFIG, data))
        assert folder.checkpoints.steps() == [10, 20]
        return
    run = folder.find(OTHER, data)
    assert run is None or run["status"] == "running"
    if run is None:
        folder.start(OTHER, data)
    assert folder.checkpoints.steps() == folder.metrics.entries() == []
    assert {file.name for file in folder.path.iterdir()} == {"run.json", "config.toml"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must be a JSON object in UTF-8"),
        ('{"status": "fin', "must be a JSON object in UTF-8"),
        ("[]", "must be a JSON object; received list"),
        ("{}", "must have a string 'status'; received none"),
        ('{"status": "running", "config": [], "data": {}}', "must have an object 'config'"),
        ('{"status": "running", "config": {"modle": {}}, "data": {}}', "tables must be of"),
        ('{"status": "running", "config": {}, "data": {}}', "data digest is .*, not not known"),
    ],
)
def test_a_damaged_run_is_named_and_can_be_replaced(tmp_path, data, content, message):
    folder = finished_run(tmp_path / "run", data)
    folder.run_file.write_text(content)
    with pytest.raises(InvalidInputError, match=rf"out: .*run .*{message}.*--no-resume"):
        folder.find(CONFIG, data)
    assert folder.start(CONFIG, data)["status"] == "running"


def test_what_a_killed_save_left_of_the_model_is_removed(tmp_path, data):
    folder = finished_run(tmp_path / "run", data)
    (folder.path / ".model.ab12cd34").mkdir()
    (folder.path / ".model.ab12cd34" / "table.npy").touch()
    folder.find(CONFIG, data)
    assert not list(folder.path.glob(".model.*"))
    (folder.path / ".model.ab12cd34").mkdir()
    folder.start(CONFIG, data)
    assert {file.name for file in folder.path.iterdir()} == {"run.json", "config.toml"}


def test_a_model_set_aside_by_a_killed_save_comes_back(tmp_path, data):
    folder = finished_run(tmp_path / "run", data)
    folder.model.rename(folder.path / ".model.ab12cd34.old")
    assert folder.finished(folder.find(CONFIG, data))
    assert not list(folder.path.glob(".model.*"))


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    write_whole(path, "old")

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
