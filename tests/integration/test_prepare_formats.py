"""``dynint prepare`` on logs of every format: what is trained is what a request would be."""

import bz2
import random
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.features import Encoder, FeatureSpec, Vocabulary
from tests.integration.prepared import contents, read_all, read_card, read_sample, run_prepare
from training.datasets import FORMATS
from training.datasets.avazu import AVAZU
from training.datasets.ipinyou import IPINYOU_RAW
from training.prepare import prepare

DAY = "141021"
AVAZU_NAMES = ("id", "click", "hour", *AVAZU.names)
TOML = """
label = "click"
others = "ignored"

[time]
column = "hour"
layout = "YYMMDDHH"

[fields.C14]
kind = "categorical"
side = "candidate"

[fields.C20]
kind = "numeric"
side = "context"

[derived.hour_of_day]
from = "hour"
rule = "hour_of_day"
layout = "YYMMDDHH"
side = "context"
"""


def avazu_rows(count: int, seed: int = 1) -> list[dict[str, str]]:
    """Rows of 24 hours, in order, as a request's instance with the label and the hour."""
    source = random.Random(seed)
    return [
        {"id": str(10**19 + place), "click": str(source.randrange(2))}
        | {"hour": f"{DAY}{24 * place // count:02}"}
        | {name: str(source.randrange(-1, 40)) for name in AVAZU.names}
        for place in range(count)
    ]


def write_csv(path: Path, rows: list[dict[str, str]], names: tuple[str, ...] = AVAZU_NAMES) -> Path:
    lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def check_ids(folder: Path, rows: list[dict[str, object]]) -> dict[int, str]:
    """Compare every prepared row with what the encoder makes of a request; gives rows' splits."""
    spec = FeatureSpec.load(folder / "feature_spec.json")
    vocabulary = Vocabulary.load(folder / "vocabulary.npz")
    instances = [{name: row[name] for name in spec.names if row.get(name) != ""} for row in rows]
    expected = vocabulary.rows_of(Encoder(spec).fingerprint_rows(instances)).tolist()
    found = read_all(folder, spec.names)
    assert sorted(found) == list(range(len(rows)))
    for place, (row, ids) in enumerate(zip(rows, expected, strict=True)):
        assert found[place][1:] == (float(str(row["click"])), ids)
    for entry in read_sample(folder):
        assert entry["instance"] == instances[entry["row"]]
        assert entry["label"] == int(str(rows[entry["row"]]["click"]))
    return {row: split for row, (split, _, _) in found.items()}


def test_ids_are_those_of_requests_whatever_the_headers_order(tmp_path: Path):
    rows = avazu_rows(400)
    with_calendar = [row | {"weekday": "2", "hour_of_day": row["hour"][-2:]} for row in rows]
    digests = set()
    for place in range(3):
        names = list(AVAZU_NAMES)
        random.Random(place).shuffle(names)
        log = write_csv(tmp_path / f"log-{place}.csv", rows, tuple(names))
        out = tmp_path / f"out-{place}"
        done = run_prepare(log, "--format", "avazu", "--calendar", "--out", out, "--min-count", 3)
        assert done.returncode == 0, done.stderr
        check_ids(out, with_calendar)
        digests.add(read_card(out)["digest"])
    assert len(digests) == 1
    later = run_prepare(log, "--format", "avazu", "--like", out, "--out", tmp_path / "later")
    assert later.returncode == 0, later.stderr
    assert set(check_ids(tmp_path / "later", with_calendar).values()) == {"test"}
    assert len(read_sample(out)[0]["instance"]) == 23


def test_every_byte_is_the_same_whatever_the_block_size(tmp_path: Path):
    rows = avazu_rows(300)
    rows[7]["site_id"] = '"a,""b"""'
    rows[9]["device_id"] = "a\rb"
    log = write_csv(tmp_path / "log.csv", rows)
    spec = AVAZU.spec(2, calendar=True)
    for size in (1 << 20, 3_000, 1):
        prepare(
            [log], tmp_path / f"{size}", log=AVAZU, spec=spec, split_by="time", block_bytes=size
        )
    first = contents(tmp_path / "1")
    assert contents(tmp_path / "3000") == first
    assert contents(tmp_path / f"{1 << 20}") == first
    rows[7]["site_id"] = 'a,"b"'
    for row in rows:
        row |= {"weekday": "2", "hour_of_day": row["hour"][-2:]}
    check_ids(tmp_path / "1", list(rows))


def test_by_time_hours_stay_whole_and_in_order(tmp_path: Path):
    rows = avazu_rows(480)
    random.Random(1).shuffle(rows)
    log = write_csv(tmp_path / "log.csv", rows)
    done = run_prepare(
        log,
        "--format",
        "avazu",
        "--split-by",
        "time",
        "--out",
        tmp_path / "out",
        "--split",
        "3/1/2",
    )
    assert done.returncode == 0, done.stderr
    splits = check_ids(tmp_path / "out", list(rows))
    hours = {name: set() for name in ("train", "valid", "test")}
    for row, split in splits.items():
        hours[split].add(int(rows[row]["hour"][-2:]))
    assert hours == {
        "train": set(range(12)),
        "valid": set(range(12, 16)),
        "test": set(range(16, 24)),
    }
    assert read_card(tmp_path / "out")["split"] == {
        "by": "time",
        "column": "hour",
        "valid_from": "2014-10-21T12",
        "test_from": "2014-10-21T16",
        "weights": "3/1/2",
        "seed": 1,
    }


def test_by_file_levels_are_counted_on_the_training_files_alone(tmp_path: Path):
    rows = avazu_rows(300)
    parts = {"a": rows[:100], "b": rows[100:150], "v": rows[150:200], "t": rows[200:]}
    paths = {name: write_csv(tmp_path / f"{name}.csv", part) for name, part in parts.items()}
    given = [paths["a"], paths["b"], "--valid", paths["v"], "--test", paths["t"]]
    done = run_prepare(*given, "--format", "avazu", "--out", tmp_path / "out", "--min-count", 4)
    assert done.returncode == 0, done.stderr
    splits = check_ids(tmp_path / "out", list(rows))
    assert [splits[row] for row in (0, 149, 150, 199, 200, 299)] == [
        "train", "train", "valid", "valid", "test", "test",
    ]  # fmt: skip
    card = read_card(tmp_path / "out")
    assert {name: entry["rows"] for name, entry in card["splits"].items()} == {
        "train": 150,
        "valid": 50,
        "test": 100,
    }
    assert card["split"] == {
        "by": "file",
        "train": ["a.csv", "b.csv"],
        "valid": ["v.csv"],
        "test": ["t.csv"],
        "seed": 1,
    }
    alone = run_prepare(
        paths["a"], paths["b"], "--format", "avazu", "--out", tmp_path / "alone", "--min-count", 4,
        "--split", "1/0/0",
    )  # fmt: skip
    assert alone.returncode == 0, alone.stderr
    assert read_card(tmp_path / "alone")["vocabulary_digest"] == card["vocabulary_digest"]


def test_one_file_may_be_both_valid_and_test(tmp_path: Path):
    train = write_csv(tmp_path / "train.csv", avazu_rows(100))
    other = write_csv(tmp_path / "other.csv", avazu_rows(40, 2))
    given = [train, "--format", "avazu", "--valid", other, "--test"]
    done = run_prepare(*given, other, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    card = read_card(tmp_path / "out")
    assert [card["splits"][name]["rows"] for name in ("valid", "test")] == [40, 40]
    assert [entry["lines"] for entry in card["files"]] == [100, 40, 40]
    refused = run_prepare(*given, train, "--out", tmp_path / "refused")
    assert refused.returncode == 2
    assert f"each file once; received {train} twice" in refused.stderr


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_description_trains_what_requests_send(tmp_path: Path, kind: str):
    rows = avazu_rows(300)
    if kind == "csv":
        log, text = write_csv(tmp_path / "log.csv", rows), 'separator = ","\n' + TOML
        numbers = [row | {"C20": int(row["C20"])} for row in rows]
    else:
        log, text = tmp_path / "log.parquet", TOML
        numbers = [row | {"C20": int(row["C20"]) / 3} for row in rows]
        columns = {name: [row[name] for row in numbers] for name in AVAZU_NAMES}
        columns["click"] = [row["click"] == "1" for row in numbers]
        columns["C14"] = [int(row["C14"]) for row in numbers]
        pq.write_table(pa.table(columns), log, row_group_size=70)
    (tmp_path / "mine.toml").write_text(text)
    given = [log, "--format", tmp_path / "mine.toml", "--min-count", 2, "--split-by", "time"]
    done = run_prepare(*given, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    check_ids(tmp_path / "out", [row | {"hour_of_day": row["hour"][-2:]} for row in numbers])
    card = read_card(tmp_path / "out")
    assert (card["format"], card["split"]["by"]) == ("mine.toml", "time")


def raw_impressions(count: int) -> list[list[str]]:
    source = random.Random(4)
    names = IPINYOU_RAW.line_columns[1:]
    rows = []
    for place in range(count):
        row = {name: f"{name}{source.randrange(9)}" for name in names}
        row |= {"bidid": f"b{place}", "slotprice": str(source.randrange(200))}
        row |= {"timestamp": f"20131021{source.randrange(24):02}0000000"}
        rows.append([row[name] for name in names])
    return rows


def test_clicks_joined_are_the_clicks_of_a_column(tmp_path: Path):
    rows = raw_impressions(200)
    clicked = set(range(0, 200, 7))
    imp, clk = tmp_path / "imp.txt.bz2", tmp_path / "clk.txt"
    imp.write_bytes(bz2.compress("".join("\t".join(row) + "\n" for row in rows).encode()))
    clk.write_text("".join("\t".join(rows[place]) + "\n" for place in clicked) + "b999\tx\n")
    labelled = tmp_path / "labelled.txt"
    lines = ["\t".join([str(int(place in clicked)), *row]) for place, row in enumerate(rows)]
    labelled.write_text("\n".join(lines) + "\n")
    one = run_prepare(imp, "--format", "ipinyou_raw", "--clicks", clk, "--out", tmp_path / "one")
    two = run_prepare(labelled, "--format", "ipinyou_raw", "--out", tmp_path / "two")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    assert read_card(tmp_path / "one")["digest"] == read_card(tmp_path / "two")["digest"]
    assert read_card(tmp_path / "one")["clicks"] == {"files": ["clk.txt"], "ids": 30}
    assert read_card(tmp_path / "two")["positive_rate"] == pytest.approx(29 / 200)
    assert "clicks" not in read_card(tmp_path / "two")


def test_the_formats_are_in_the_help_and_in_the_error_for_an_unknown_one(tmp_path: Path):
    shown = re.sub(r"[\s│]+", " ", run_prepare("--help").stdout)
    refused = run_prepare(tmp_path, "--format", "avazoo", "--out", tmp_path / "out").stderr
    for name in FORMATS:
        assert re.search(rf"\b{name}\b", shown), shown
        assert re.search(rf"\b{name}\b", refused), refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--valid", "{log}2", "--split", "1/1/1"], "--valid: does not go with --split"),
        (["--test", "{log}2", "--split-by", "time"], "--test: does not go with --split-by time"),
        (["--test", "{log}2", "--like", "x"], "--test: does not go with --like"),
        (["--valid", "{log}"], "logs: each file once; received .* twice"),
        (["--valid", "{log}.none"], "no such file or folder: .*none"),
        (["--clicks", "{log}"], "--clicks: needs a format with an id .*'avazu' has its clicks in"),
        (["--format", "frappe", "--calendar"], "--calendar: needs a format with a calendar; 'fra"),
        (["--spec", "x", "--calendar"], "--spec: does not go with --calendar"),
        (["--format", "ipinyou_raw", "--clicks", "{log}", "--no-label"], "--clicks: does not go"),
        (["--format", "ipinyou_raw", "--clicks", "{log}.none"], "no such file or folder: .*none"),
        (["--format", "ipinyou_csv", "--split-by", "time"], "'ipinyou_csv' has none: use"),
        (["--format", "ipinyou_csv"], r"log\.csv: must have the columns weekday, .*received id"),
        (["--format", "{log}.toml"], "no such file or folder: .*toml"),
    ],
)
def test_wrong_usage_is_explained(tmp_path: Path, arguments: list[str], message: str):
    log = write_csv(tmp_path / "log.csv", avazu_rows(5))
    given = [argument.format(log=log) for argument in arguments]
    done = run_prepare(log, "--format", "avazu", *given, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_generating_takes_no_split_files(tmp_path: Path):
    done = run_prepare("--generate", 10, "--valid", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "--generate: does not go with --valid or --test" in done.stderr
