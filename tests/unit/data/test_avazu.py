from pathlib import Path

import pytest

from tests.unit.data.reading import rows_of
from training.datasets.avazu import AVAZU
from training.datasets.instances import read_instances

NAMES = (
    "id", "click", "hour", "C1", "banner_pos", "site_id", "site_domain", "site_category",
    "app_id", "app_domain", "app_category", "device_id", "device_ip", "device_model",
    "device_type", "device_conn_type", "C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21",
)  # fmt: skip


def line(**cells: str) -> str:
    given = {"id": "1", "click": "0", "hour": "14102100"} | cells
    return ",".join(given.get(name, name.lower()) for name in NAMES) + "\n"


def log(folder: Path, *lines: str) -> Path:
    path = folder / "train.csv"
    path.write_text(",".join(NAMES) + "\n" + "".join(lines))
    return path


def test_twenty_one_fields_and_what_comes_with_the_ad_is_the_candidates():
    spec = AVAZU.spec(1)
    assert spec.names == NAMES[3:]
    assert len(spec.names) == 21
    candidate = {field.name for field in spec.fields if field.side == "candidate"}
    assert candidate == {"C14", "C15", "C16", "C17", "C18", "C19", "C21"}
    assert {field.kind for field in spec.fields} == {"categorical"}


def test_rows_are_read_as_requests_would_carry_them(tmp_path: Path):
    path = log(tmp_path, line(click="1", C20="-1", site_id=""))
    ((row, label, instance),) = read_instances(AVAZU, [path])
    expected = {name: name.lower() for name in NAMES[3:] if name != "site_id"} | {"C20": "-1"}
    assert (row, label, instance) == (0, 1.0, expected)


def test_the_calendar_makes_two_fields_of_the_hour(tmp_path: Path):
    spec = AVAZU.spec(1, calendar=True)
    assert spec.names[21:] == ("weekday", "hour_of_day")
    AVAZU.check_spec(spec)
    hours = ["14102100", "14102123", "14102805", ""]
    path = log(tmp_path, *(line(hour=hour) for hour in hours))
    rows, bad = rows_of(AVAZU, [path], fields=("hour_of_day", "weekday"))
    found = [(texts["weekday"], texts["hour_of_day"]) for _, _, texts in rows]
    assert found == [("2", "00"), ("2", "23"), ("2", "05"), ("", "")]
    assert not bad


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_an_hour_that_is_none_makes_its_rows_bad_lines(tmp_path: Path, size: int):
    hours = ["14102100", "14102124", "x", "14102101", "x"]
    path = log(tmp_path, *(line(hour=hour, click="1") for hour in hours), line(click="2", hour="x"))
    rows, bad = rows_of(AVAZU, [path], fields=("weekday", "C1"), block_bytes=size)
    assert [row for row, _, _ in rows] == [0, 3]
    assert [(entry.line, entry.kind) for entry in bad] == [
        (3, "derived value"),
        (4, "derived value"),
        (6, "derived value"),
        (7, "label"),
    ]
    assert bad[0].reason == "column 'hour': must be a time written YYMMDDHH; received '14102124'"
    # Nobody asks for the hour here.
    assert len(rows_of(AVAZU, [path], fields=("C1",))[0]) == 5


def test_the_time_of_rows_is_their_hour_and_must_be_there(tmp_path: Path):
    path = log(tmp_path, line(hour="14102805"), line(hour=""), line(hour="14102101"))
    (block,) = AVAZU.read([path], fields=(), timed=True)
    assert block.times is not None
    assert block.times.texts.take(block.times.codes).to_pylist() == [
        "2014-10-28T05",
        "2014-10-21T01",
    ]
    assert [(entry.line, entry.kind) for entry in block.bad] == [(3, "time")]
