from pathlib import Path

import pytest

from model.errors import InvalidInputError
from model.json_objects import read_object, read_objects


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def test_an_object_is_read_with_what_it_needs(file: Path):
    file.write_text('{"status": "running", "data": {}}')
    assert read_object(file, {"status": str, "data": dict}) == {"status": "running", "data": {}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", r"state\.json: must be a JSON object in UTF-8; Expecting value"),
        (b'{"status": "run', r"state\.json: must be a JSON object in UTF-8; Unterminated"),
        (b'{"status": "\xff"}', r"state\.json: must be a JSON object in UTF-8; .*0xff"),
        (b"[" * 100_000, r"state\.json: must be a JSON object in UTF-8; .*recursion"),
        (b'["status"]', r"state\.json: must be a JSON object; received list"),
        (b"{}", r"state\.json: must have a string 'status'; received none"),
        (b'{"status": 3}', r"state\.json: must have a string 'status'; received int"),
        (b'{"status": null}', r"state\.json: must have a string 'status'; received NoneType"),
    ],
)
def test_a_damaged_file_is_named_with_its_rule(file: Path, text: bytes, message: str):
    file.write_bytes(text)
    with pytest.raises(InvalidInputError, match=message):
        read_object(file, {"status": str})


def test_a_line_ends_at_a_line_feed_and_nowhere_else(file: Path):
    file.write_text('{"a": "\x85\u2028\u2029"}\n{"a": "\\n"}\n', encoding="utf-8")
    assert read_objects(file) == [{"a": "\x85\u2028\u2029"}, {"a": "\n"}]


def test_a_last_line_that_was_cut_short_is_left_out_and_another_one_is_named(file: Path):
    file.write_text('{"step": 1}\n{"step": 2}\n{"st')
    assert read_objects(file, {"step": int}) == [{"step": 1}, {"step": 2}]
    file.write_text('{"step": 1}\n{"st\n{"step": 3}\n')
    with pytest.raises(InvalidInputError, match=r"state\.json:2: must be a JSON object"):
        read_objects(file, {"step": int})
