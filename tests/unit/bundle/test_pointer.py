import json
import multiprocessing
import time
from pathlib import Path

import pytest

from model.bundle import Canary, Pointer, read_pointer, write_pointer
from model.errors import BundleError, InvalidInputError


def test_is_read_back_as_it_was_written(tmp_path: Path):
    pointer = Pointer("7", "6", Canary("8", 0.05))
    write_pointer(tmp_path, pointer)
    assert read_pointer(tmp_path) == pointer
    assert json.loads((tmp_path / "current.json").read_text()) == {
        "current": "7",
        "previous": "6",
        "canary": {"version": "8", "share": 0.05},
    }


def test_nothing_is_live_before_the_first_promotion(tmp_path: Path):
    assert read_pointer(tmp_path) is None


def test_keys_that_a_later_writer_adds_do_not_matter(tmp_path: Path):
    (tmp_path / "current.json").write_text('{"current": "7", "note": 1, "canary": null}')
    assert read_pointer(tmp_path) == Pointer("7")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"current": "7"',
        "null",
        "[]",
        "{}",
        '{"current": 7}',
        '{"current": "07"}',
        '{"current": "../7"}',
        '{"current": "0"}',
        '{"current": "7", "previous": 6}',
        '{"current": "7", "canary": "8"}',
        '{"current": "7", "canary": {"version": "8"}}',
        '{"current": "7", "canary": {"version": "8", "share": 0}}',
        '{"current": "7", "canary": {"version": "8", "share": 1.5}}',
        '{"current": "7", "canary": {"version": "8", "share": NaN}}',
        '{"current": "7", "canary": {"version": "8", "share": true}}',
        '{"current": "7", "canary": {"version": 8, "share": 0.5}}',
        "[" * 100_000,
    ],
)
def test_an_invalid_file_is_refused_with_what_to_do(tmp_path: Path, text: str):
    (tmp_path / "current.json").write_text(text)
    with pytest.raises(BundleError, match=r"current\.json: is not a valid pointer.*promote"):
        read_pointer(tmp_path)


@pytest.mark.parametrize("version", ["0", "", "01", "7\n", "seven", "1" * 19])
def test_refuses_what_is_no_version(version: str):
    with pytest.raises(InvalidInputError, match="must match"):
        Pointer(version)


def test_the_old_pointer_stands_if_the_new_one_cannot_be_written(tmp_path: Path):
    (tmp_path / "current.json").mkdir()
    with pytest.raises(InvalidInputError, match="the old pointer stands"):
        write_pointer(tmp_path, Pointer("7"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current.json", "tf_serving.config"]


def _write_until(folder: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    version = 1
    while time.monotonic() < end:
        version += 1
        write_pointer(folder, Pointer(str(version), str(version - 1)))


def test_readers_never_see_a_part(tmp_path: Path):
    write_pointer(tmp_path, Pointer("2", "1"))
    writer = multiprocessing.get_context("spawn").Process(target=_write_until, args=(tmp_path, 1.0))
    writer.start()
    last = reads = 0
    while writer.is_alive():
        pointer = read_pointer(tmp_path)
        assert pointer is not None
        assert int(pointer.current) == int(pointer.previous or 0) + 1
        assert int(pointer.current) >= last
        last = int(pointer.current)
        reads += 1
    writer.join()
    assert writer.exitcode == 0
    assert last > 2
    assert reads > 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current.json", "tf_serving.config"]
