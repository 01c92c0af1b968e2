import json
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from tests.model.training.prepared import write_prepared
from training.train.prepared_data import PreparedData

ROWS = {"train": 40, "valid": 20, "test": 20}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_prepared(tmp_path / "prepared", ROWS)


def change(folder: Path, **entries: object) -> None:
    card = folder / "data_card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | entries))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must be a JSON object in UTF-8"),
        ('{"digest": "ab', "must be a JSON object in UTF-8"),
        ("[]", "must be a JSON object; received list"),
        ("{}", "must have a string 'digest'; received none"),
        ('{"digest": "ab", "splits": {"train": 3}}', "splits must have a number of rows each"),
        ('{"digest": "ab", "splits": []}', "splits must have a number of rows each"),
    ],
)
def test_a_damaged_data_card_is_named(folder: Path, content: str, message: str):
    (folder / "data_card.json").write_text(content)
    with pytest.raises(InvalidInputError, match=rf"data_card\.json: {message}"):
        PreparedData.open(folder)


def test_a_folder_without_a_data_card_is_named(tmp_path: Path):
    with pytest.raises(InvalidInputError, match="must be a folder written by 'dynint prepare'"):
        PreparedData.open(tmp_path)


def test_a_shard_that_is_missing_is_noticed(folder: Path):
    change(folder, splits={name: {"rows": rows} for name, rows in ROWS.items()})
    assert PreparedData.open(folder).split("train").rows == 40
    (folder / "train" / "part-00001.parquet").unlink()
    with pytest.raises(InvalidInputError, match=r"the 40 rows .* found 20 in 1 shards"):
        PreparedData.open(folder).split("train")


def test_data_without_labels_say_so(folder: Path):
    PreparedData.open(folder).require_labels()
    change(folder, labelled=False)
    with pytest.raises(InvalidInputError, match=r"data: must have labels; .*--no-label"):
        PreparedData.open(folder).require_labels()
