"""Which dated files a retraining reads."""

from datetime import date
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from training.retrain.options import LogOptions
from training.retrain.window import dated_logs, window_of


def options(folder: Path, **more) -> LogOptions:
    return LogOptions(folder=str(folder), pattern="clicks-{date}.tsv", **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for day in (3, 1, 2, 9, 5):
        (tmp_path / f"clicks-2026-11-0{day}.tsv").touch()
    for other in ("clicks-2026-11-04.tsv.part", "notes.txt", "clicks-now.tsv"):
        (tmp_path / other).touch()
    return tmp_path


def days(logs) -> list[int]:
    return [log.day.day for log in logs]


def test_files_are_read_in_the_order_of_their_days(folder: Path):
    assert days(dated_logs(options(folder))) == [1, 2, 3, 5, 9]


def test_the_window_ends_with_the_newest_file_whatever_the_clock_says(folder: Path):
    set_up = options(folder, window_days=7)
    window = window_of(dated_logs(set_up), set_up, learnt=None)
    assert days(window.new) == [3, 5, 9]
    assert days(window.before) == []
    assert window.day == date(2026, 11, 9)


def test_what_the_live_release_has_learnt_counts_for_levels_only(folder: Path):
    set_up = options(folder, window_days=7)
    window = window_of(dated_logs(set_up), set_up, learnt=date(2026, 11, 4))
    assert days(window.new) == [5, 9]
    assert days(window.before) == [3]


def test_new_days_beyond_the_window_are_learnt_from_too(folder: Path):
    set_up = options(folder, window_days=2)
    window = window_of(dated_logs(set_up), set_up, learnt=date(2026, 11, 2))
    assert days(window.new) == [3, 5, 9]


def test_a_date_that_is_years_off_is_named(folder: Path):
    (folder / "clicks-2062-11-10.tsv").touch()
    with pytest.raises(InvalidInputError, match="is its date right"):
        dated_logs(options(folder))


def test_a_pattern_that_matches_nothing_is_named(folder: Path):
    with pytest.raises(InvalidInputError, match="matches none of its 8"):
        dated_logs(LogOptions(folder=str(folder), pattern="{date}.gz"))


def test_nothing_is_new_after_the_newest_day(folder: Path):
    set_up = options(folder)
    assert window_of(dated_logs(set_up), set_up, learnt=date(2026, 11, 9)) is None
    assert window_of([], set_up, None) is None


def test_an_impossible_date_is_named(folder: Path):
    (folder / "clicks-2026-02-30.tsv").touch()
    with pytest.raises(InvalidInputError, match=r"clicks-2026-02-30\.tsv must have a date"):
        dated_logs(options(folder))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InvalidInputError, match="folder must be there; received"):
        dated_logs(options(tmp_path / "none"))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"pattern": "clicks.tsv"}, "pattern: must hold {date} once"),
        ({"pattern": "{date}-{date}"}, "pattern: must hold {date} once"),
        ({"pattern": "x/{date}"}, "pattern: must be a file's name"),
        ({"window_days": 0}, "window_days: must be at least 1"),
        ({"window_days": 1.5}, "window_days must be an integer; received 1.5"),
        ({"folder": ""}, "folder: must be a folder"),
        ({"format": "nope"}, "format: must be one of"),
        ({"split": "90/10/0"}, "split: must leave rows"),
        ({"colour": 1}, "keys must be of"),
    ],
)
def test_a_table_that_breaks_a_rule_is_refused(table, message: str):
    with pytest.raises(InvalidInputError, match=message.replace("{", r"\{")) as found:
        LogOptions.parse("logs", table)
    assert "[logs]" in str(found.value)
