import pytest

from model.errors import InvalidInputError
from training.train.metrics_log import MetricsLog
from training.train.run_folder import RunFolder


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
