from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.errors import InvalidInputError
from tests.unit.data.reading import rows_of
from training.datasets import log_format

DESCRIPTION = """
separator = ";"
label = "click"
ignored = ["id"]

[time]
column = "at"
layout = "YYYY-MM-DD HH:##"

[fields.user]
kind = "categorical"
side = "context"

[fields.price]
kind = "numeric"
side = "candidate"
from = "eur"

[derived.day]
from = "at"
rule = "weekday"
layout = "YYYY-MM-DD HH:##"
side = "context"
"""
HEADER = "click;id;user;at;eur"
LINES = "1;x1;u1;2024-02-29 07:15;1.5\n0;x2;;2024-03-01 00:00;\n"


def described(folder: Path, text: str = DESCRIPTION, log: str = f"{HEADER}\n{LINES}"):
    (folder / "my_log.toml").write_text(text)
    (folder / "log.csv").write_text(log)
    return log_format(str(folder / "my_log.toml"), [folder / "log.csv"])


def test_a_description_is_a_format(tmp_path: Path):
    log = described(tmp_path)
    assert log.name == "my_log.toml"
    spec = log.spec(3)
    assert [(f.name, f.kind, f.side, f.discretiser) for f in spec.fields] == [
        ("user", "categorical", "context", None),
        ("price", "numeric", "candidate", "log_square_plus_one"),
        ("day", "categorical", "context", None),
    ]
    rows, bad = rows_of(log, [tmp_path / "log.csv"])
    assert rows == [
        (0, 1.0, {"user": "u1", "price": "1.5", "day": "4"}),
        (1, 0.0, {"user": "", "price": "", "day": "5"}),
    ]
    assert not bad
    (block,) = log.read([tmp_path / "log.csv"], timed=True)
    assert block.times is not None
    assert block.times.texts.to_pylist() == ["2024-02-29T07", "2024-03-01T00"]


def test_the_discretiser_may_be_chosen(tmp_path: Path):
    log = described(tmp_path, 'discretiser = "squared_log"\n' + DESCRIPTION)
    assert log.spec(1).fields[1].discretiser == "squared_log"


@pytest.mark.parametrize("others", ["context", "candidate", "ignored"])
def test_columns_that_are_not_mentioned_follow_others(tmp_path: Path, others: str):
    log = described(tmp_path, f'others = "{others}"\n' + DESCRIPTION, f"{HEADER};b;a\n")
    sides = {field.name: field.side for field in log.spec(1).fields[3:]}
    assert sides == ({} if others == "ignored" else {"b": others, "a": others})


def test_a_header_that_names_a_field_twice_is_the_logs_mistake(tmp_path: Path):
    with pytest.raises(InvalidInputError, match=r"log\.csv: must have each column once; .* b more"):
        described(tmp_path, 'others = "context"\n' + DESCRIPTION, f"{HEADER};b;a;b\n")
    described(tmp_path, 'others = "ignored"\n' + DESCRIPTION, f"{HEADER};b;a;b\n")


def test_a_misspelt_ignored_column_does_not_become_a_field(tmp_path: Path):
    text = DESCRIPTION.replace('ignored = ["id"]', 'ignored = ["idd"]')
    with pytest.raises(InvalidInputError, match=r"ignored: must be columns of .*log\.csv.*'idd'"):
        described(tmp_path, 'others = "context"\n' + text)
    described(tmp_path, 'others = "ignored"\n' + text)


def test_without_others_every_column_must_be_mentioned(tmp_path: Path):
    with pytest.raises(
        InvalidInputError, match=r"my_log\.toml: others: .*log\.csv are; received 'b, a'"
    ):
        described(tmp_path, DESCRIPTION, f"{HEADER};b;a\n")


def test_a_log_without_a_header_has_its_columns_listed(tmp_path: Path):
    listed = 'header = false\ncolumns = ["id", "eur", "click", "at", "user"]\n'
    lines = "x1;1.5;1;2024-02-29 07:15;u1\nx2;;0;2024-03-01 00:00;\n"
    log = described(tmp_path, listed + DESCRIPTION, lines)
    expected = rows_of(described(tmp_path), [tmp_path / "log.csv"])
    (tmp_path / "lines.csv").write_text(lines)
    assert rows_of(log, [tmp_path / "lines.csv"]) == expected
    (tmp_path / "bare.csv").write_text("x1;1.5;2024-02-29 07:15;u1\n")
    ((_, _, texts),) = rows_of(log, [tmp_path / "bare.csv"], labelled=False)[0]
    assert texts == {"user": "u1", "price": "1.5", "day": "4"}


def test_quotes_mean_something_unless_told_otherwise(tmp_path: Path):
    line = '1;x;"u;1";2024-02-29 07:15;2\n'
    log = described(tmp_path, DESCRIPTION, f"{HEADER}\n{line}")
    assert rows_of(log, [tmp_path / "log.csv"])[0][0][2]["user"] == "u;1"
    line = line.replace(";1", "1")
    log = described(tmp_path, "quoted = false\n" + DESCRIPTION, f"{HEADER}\n{line}")
    assert rows_of(log, [tmp_path / "log.csv"])[0][0][2]["user"] == '"u1"'


def test_the_same_description_without_its_text_keys_reads_parquet(tmp_path: Path):
    expected = rows_of(described(tmp_path), [tmp_path / "log.csv"])[0]
    path = tmp_path / "log.parquet"
    table = {
        "eur": [1.5, None],
        "user": ["u1", None],
        "id": ["x1", "x2"],
        "at": ["2024-02-29 07:15", "2024-03-01 00:00"],
        "click": [1, 0],
    }
    pq.write_table(pa.table(table), path)
    (tmp_path / "p.toml").write_text(DESCRIPTION.replace('separator = ";"', ""))
    log = log_format(str(tmp_path / "p.toml"), [path])
    assert rows_of(log, [path])[0] == expected
    with pytest.raises(InvalidInputError, match=r"my_log\.toml: separator: .* absent for Parquet"):
        log_format(str(tmp_path / "my_log.toml"), [path])
    with pytest.raises(InvalidInputError, match=r"must all be \.parquet files, or none"):
        log_format(str(tmp_path / "p.toml"), [path, tmp_path / "log.csv"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "click"', "", "label: must be a string that is not empty; received none"),
        ("label", "labels", "keys must be among .*; received labels"),
        ('separator = ";"', 'separator = ";;"', "separator: must be one character"),
        ('separator = ";"', "separator = '\"'", "separator: must be one character"),
        ('separator = ";"', "", "separator: must be a string"),
        ('separator = ";"', 'separator = ";"\nquoted = "no"', "quoted: must be true or false"),
        ('separator = ";"', 'separator = ";"\nheader = false', "columns: must list"),
        ('separator = ";"', 'separator = ";"\ncolumns = ["a"]', "columns: must be absent"),
        (
            'separator = ";"',
            'separator = ";"\nothers = "all"',
            "others: must be one of ignored, con",
        ),
        ('ignored = ["id"]', 'ignored = "id"', "ignored: must be a list of strings; received 'id'"),
        (
            'kind = "numeric"',
            'kind = "number"',
            "fields.price: kind: must be one of categorical, nu",
        ),
        ('kind = "numeric"', 'kind = "numeric"\nsize = 3', "fields.price: keys must be .*size"),
        (
            'side = "candidate"',
            "",
            "fields.price: side: must be one of context, candidate; rec.* none",
        ),
        ("[fields.user]", '[fields.row]\nfrom = "user"', "fields: no field may be called"),
        ("[derived.day]", "[derived.user]", "fields: .* each once; received 'user'"),
        (
            "[derived.day]",
            '[fields.leak]\nfrom = "click"\nkind = "categorical"\nside = "context"\n[derived.day]',
            "fields: must not read the label's column; received 'leak'",
        ),
        (
            'rule = "weekday"',
            'rule = "month"',
            "derived.day: rule: must be one of weekday, hour_of",
        ),
        ('rule = "weekday"', 'rule = "os_browser"', "derived.day: layout: must be absent"),
        ('"YYYY-MM-DD HH:##"\nside', '"MM"\nside', "derived.day: layout: must have a year"),
        ('column = "at"', "", "time: column: must be a string"),
        ("[time]", "[times]", "keys must be among .*; received times"),
        ("[time]", "[time", "must be TOML in UTF-8"),
    ],
)
def test_a_wrong_description_is_refused_with_file_and_key(
    tmp_path: Path, old: str, new: str, message: str
):
    assert DESCRIPTION.count(old) >= 1
    with pytest.raises(InvalidInputError, match=message) as caught:
        described(tmp_path, DESCRIPTION.replace(old, new, 1))
    assert "my_log.toml: " in str(caught.value)


def test_a_listed_line_must_have_what_is_needed_once(tmp_path: Path):
    for names, message in (
        ('"id", "eur", "click", "user"', "columns: must have 'at'"),
        ('"id", "eur", "click", "at", "user", "id"', "columns: must be different; received 'id'"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            described(tmp_path, f"header = false\ncolumns = [{names}]\n{DESCRIPTION}")


def test_a_description_needs_a_log_that_is_there(tmp_path: Path):
    described(tmp_path)
    with pytest.raises(InvalidInputError, match="LOG: name at least one log"):
        log_format(str(tmp_path / "my_log.toml"))
    with pytest.raises(FileNotFoundError):
        log_format(str(tmp_path / "my_log.toml"), [tmp_path / "none.csv"])
    with pytest.raises(FileNotFoundError):
        log_format(str(tmp_path / "none.toml"), [tmp_path / "log.csv"])
