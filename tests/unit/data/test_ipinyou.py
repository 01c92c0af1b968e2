from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from tests.unit.data.reading import rows_of
from training.datasets import DelimitedFormat
from training.datasets.click_log import ClickLog, read_clicks
from training.datasets.ipinyou import IPINYOU, IPINYOU_CSV, IPINYOU_RAW

FIELDS = (
    "weekday", "hour", "useragent", "IP", "region", "city", "adexchange", "domain", "slotid",
    "slotwidth", "slotheight", "slotvisibility", "slotformat", "creative", "advertiser",
    "slotprice",
)  # fmt: skip
RAW = (
    "bidid", "timestamp", "logtype", "ipinyouid", "useragent", "ip", "region", "city",
    "adexchange", "domain", "url", "urlid", "slotid", "slotwidth", "slotheight",
    "slotvisibility", "slotformat", "slotprice", "creative", "bidprice", "payprice", "keypage",
    "advertiser", "usertag",
)  # fmt: skip
AGENT = "Mozilla/5.0 (Windows NT 6.1) Chrome/21 Safari/537"
CELLS = {"timestamp": "20131021182902623", "useragent": AGENT, "slotprice": "5", "ip": "1.2.3.*"}
EXPECTED = {name: f"some {name}" for name in FIELDS} | {
    "weekday": "1",
    "hour": "18",
    "useragent": "windows_chrome",
    "IP": "1.2.3.*",
    "slotprice": "1-10",
}


def raw_line(**cells: str) -> str:
    return "\t".join((CELLS | cells).get(name, f"some {name}") for name in RAW) + "\n"


def with_clicks(clicks: ClickLog) -> DelimitedFormat:
    return replace(IPINYOU_RAW, clicks=clicks)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_the_three_layouts_have_one_spec():
    specs = {log.spec(20).to_json() for log in (IPINYOU, IPINYOU_CSV, IPINYOU_RAW)}
    assert len(specs) == 1
    spec = IPINYOU.spec(20)
    assert spec.names == FIELDS
    assert {field.name for field in spec.fields if field.side == "candidate"} == {
        "creative",
        "advertiser",
    }


def test_one_impression_is_the_same_row_in_each_layout(tmp_path: Path):
    names = ["click", "weekday", "hour", *RAW]
    names[names.index("ip")] = "IP"
    cells = {"click": "1", **CELLS, **EXPECTED, "slotprice": "5"}
    made = write(
        tmp_path,
        "train.log.txt",
        "\t".join(names)
        + "\n"
        + "\t".join(cells.get(name, f"some {name}") for name in names)
        + "\n",
    )
    row = ",".join(["1", *(EXPECTED[name] for name in FIELDS)])
    table = write(tmp_path, "train.csv", ",".join(["click", *FIELDS]) + f"\n{row}\n")
    raw = write(tmp_path, "imp.txt", "1\t" + raw_line())
    expected = ([(0, 1.0, EXPECTED)], [])
    assert rows_of(IPINYOU, [made]) == expected
    assert rows_of(IPINYOU_CSV, [table]) == expected
    assert rows_of(IPINYOU_RAW, [raw]) == expected


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_raw_logs_header_may_be_there_or_not(tmp_path: Path, size: int):
    header = "\t".join(["click", *RAW]) + "\n"
    lines = "0\t" + raw_line(city="1") + "1\t" + raw_line(city="2")
    paths = [write(tmp_path, "a.txt", header + lines), write(tmp_path, "b.txt", lines)]
    rows, bad = rows_of(IPINYOU_RAW, paths, block_bytes=size)
    assert [(row, label, texts["city"]) for row, label, texts in rows] == [
        (0, 0.0, "1"),
        (1, 1.0, "2"),
        (2, 0.0, "1"),
        (3, 1.0, "2"),
    ]
    assert not bad


def test_clicks_are_joined_by_the_bid_id(tmp_path: Path):
    clicks = write(tmp_path, "clk.txt", raw_line(bidid="b2") + "\n" + raw_line(bidid="b9"))
    lines = "".join(raw_line(bidid=bid) for bid in ("b1", "b2", "b3", "b2", "")) + "b2\tshort\n"
    log = with_clicks(read_clicks([clicks], "bidid", "\t"))
    rows, bad = rows_of(log, [write(tmp_path, "imp.txt", lines)])
    assert [label for _, label, _ in rows] == [0, 1, 0, 1, 0]
    assert [(entry.line, entry.reason) for entry in bad] == [
        (6, "must have 24 columns; received 2")
    ]
    assert log.clicks == ClickLog("bidid", frozenset({"b2", "b9"}), ("clk.txt",))


def test_a_log_with_or_without_clicks_against_expectation_is_pointed_at(tmp_path: Path):
    with_label = write(tmp_path, "with.txt", "1\t" + raw_line())
    without = write(tmp_path, "without.txt", raw_line())
    joined = with_clicks(ClickLog("bidid", frozenset()))
    (entry,) = rows_of(joined, [with_label])[1]
    assert entry.reason == "must have 24 columns; received 25 (labels? leave out --clicks)"
    (entry,) = rows_of(IPINYOU_RAW, [without])[1]
    assert "must have 25 columns; received 24 (no label? see --no-label" in entry.reason


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\tx\n", r"clk\.txt:1: a click's first column must be an id; received none"),
        (b"a\tx\n\xff\tx\n", r"clk\.txt:2: must be text in UTF-8"),
    ],
)
def test_click_logs_without_ids_are_refused(tmp_path: Path, data: bytes, message: str):
    (tmp_path / "clk.txt").write_bytes(data)
    with pytest.raises(InvalidInputError, match=message):
        read_clicks([tmp_path / "clk.txt"], "bidid", "\t")
    with pytest.raises(InvalidInputError, match=r"clicks: must be files; .* is a folder"):
        read_clicks([tmp_path], "bidid", "\t")


def test_what_the_rules_refuse_is_a_bad_line(tmp_path: Path):
    lines = [raw_line(timestamp="2013"), raw_line(slotprice="-1"), raw_line(slotprice="200")]
    path = write(tmp_path, "imp.txt", "".join("0\t" + line for line in lines))
    rows, bad = rows_of(IPINYOU_RAW, [path])
    assert [texts["slotprice"] for _, _, texts in rows] == ["101+"]
    assert [entry.reason.partition(":")[0] for entry in bad] == [
        "column 'timestamp'",
        "column 'slotprice'",
    ]
