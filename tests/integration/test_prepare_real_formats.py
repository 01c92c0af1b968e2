"""The real samples of every format, against a plain reader."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.prepared import read_card
from tests.real_data import REAL_DATA, needs_real_data
from tests.unit.data.reading import rows_of
from training.datasets import FORMATS
from training.datasets.ipinyou import LAYOUT
from training.datasets.rules import hour_of_day, os_browser, price_range, weekday
from training.prepare import prepare
from training.prepare.split import Split
from training.prepare.split_by_file import FileSplit

pytestmark = needs_real_data

SAMPLES = {
    "avazu": ("avazu/avazu_32k.csv.gz", 32_339, 0.172),
    "ipinyou_csv": ("ipinyou/ipinyou_2997_train.csv.gz", 26_773, 0.0095),
    "ipinyou": ("ipinyou/ipinyou_2259_train.log.txt.gz", 8_355, 5 / 8_355),
    "ipinyou_raw": ("ipinyou/ipinyou_2821_20131021.tsv.gz", 10_439, 0.042),
    "frappe": ("frappe/train.csv.gz", 202_005, 0.335),
}


def path_of(name: str) -> Path:
    assert REAL_DATA is not None
    return REAL_DATA / name


def plain(name: str) -> Iterator[dict[str, str]]:
    separator = "," if ".csv" in name else "\t"
    with gzip.open(path_of(name), "rt", encoding="utf-8", newline="\n") as file:
        yield from csv.DictReader(file, delimiter=separator, quoting=csv.QUOTE_NONE)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_row_and_click_of_a_sample_arrives(name: str):
    file, count, rate = SAMPLES[name]
    rows, bad = rows_of(FORMATS[name], [path_of(file)])
    assert len(rows) == count
    assert sum(label for _, label, _ in rows) / count == pytest.approx(rate, abs=0.0005)
    assert not bad


@pytest.mark.parametrize("name", SAMPLES)
def test_texts_are_those_of_the_file_or_the_rules(name: str):
    file = SAMPLES[name][0]
    day, hour = weekday(LAYOUT), hour_of_day(LAYOUT)
    log = FORMATS[name]
    for (_, label, texts), cells in zip(rows_of(log, [path_of(file)])[0], plain(file), strict=True):
        expected = {field: cells.get(field, "") for field in log.names}
        if name == "ipinyou_raw":
            time = cells["timestamp"]
            expected |= {"weekday": day(time), "hour": hour(time), "IP": cells["ip"]}
            expected["useragent"] = os_browser(cells["useragent"])
        if name in {"ipinyou", "ipinyou_raw"}:
            expected["slotprice"] = price_range(cells["slotprice"])
        assert texts == expected
        assert str(int(label)) == cells[log.label]


def test_weekday_and_hour_of_a_timestamp_are_those_that_the_benchmark_wrote():
    day, hour = weekday(LAYOUT), hour_of_day(LAYOUT)
    for cells in plain(SAMPLES["ipinyou"][0]):
        time = cells["timestamp"]
        assert (day(time), hour(time)) == (cells["weekday"], cells["hour"])


def test_user_agents_have_the_benchmarks_names():
    known = {
        cells["useragent"]
        for name in ("ipinyou", "ipinyou_csv")
        for cells in plain(SAMPLES[name][0])
    }
    found = [texts["useragent"] for _, _, texts in rows_of(
        FORMATS["ipinyou_raw"], [path_of(SAMPLES["ipinyou_raw"][0])])[0]]  # fmt: skip
    assert sum(name in known for name in found) > 0.99 * len(found)


def test_by_time_the_avazu_sample_is_dealt_by_whole_hours(tmp_path: Path):
    file = SAMPLES["avazu"][0]
    log = FORMATS["avazu"]
    prepare([path_of(file)], tmp_path / "out", log=log, split=Split(), split_by="time")
    card = read_card(tmp_path / "out")
    hours = sorted(cells["hour"] for cells in plain(file))
    starts = [
        hour.replace("-", "").replace("T", "")[2:]
        for hour in (card["split"]["valid_from"], card["split"]["test_from"])
    ]
    expected = [
        sum(hour < starts[0] for hour in hours),
        sum(starts[0] <= hour < starts[1] for hour in hours),
        sum(starts[1] <= hour for hour in hours),
    ]
    assert [card["splits"][name]["rows"] for name in ("train", "valid", "test")] == expected
    assert expected[0] / len(hours) == pytest.approx(0.7, abs=0.02)


def test_by_file_frappe_has_the_benchmarks_valid_split(tmp_path: Path):
    files = [path_of(f"frappe/{part}.csv.gz") for part in ("train", "valid", "valid")]
    log = FORMATS["frappe"]
    card = prepare(files, tmp_path / "out", log=log, spec=log.spec(1), split=FileSplit((0, 1, 2)))
    assert {name: entry["rows"] for name, entry in card["splits"].items()} == {
        "train": 202_005,
        "valid": 57_722,
        "test": 57_722,
    }
    assert card["splits"]["valid"]["positive_rate"] == pytest.approx(0.330, abs=0.001)
