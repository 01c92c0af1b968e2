"""A vocabulary that is carried on: what stays, what is new, what is aged out."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.features import Encoder, FeatureSpec, Field, Vocabulary
from tests.integration.prepared import read_card, read_split, run_prepare
from tests.unit.data.lines import line
from training.prepare import prepare
from training.prepare.carried import Carried
from training.prepare.split_by_file import LEVELS_ONLY, FileSplit

SPEC = FeatureSpec(
    (
        Field("I1", "numeric", "context", "log_square_plus_one"),
        Field("C1", "categorical", "context"),
        Field("C2", "categorical", "candidate", hash_buckets=5),
    ),
    min_count=3,
)


def write_log(path: Path, *groups: tuple[int, dict[str, str]]) -> Path:
    """Write each row so many times; every second row is a click."""
    rows = [row for times, row in groups for _ in range(times)]
    path.write_bytes(b"".join(line(str(n % 2), **row) for n, row in enumerate(rows)))
    return path


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """Yesterday: levels a and b, and I1 = 7."""
    log = write_log(
        tmp_path / "one.txt", (4, {"I1": "7", "C1": "a", "C2": "x"}), (3, {"C1": "b", "C2": "y"})
    )
    prepare([log], tmp_path / "one", spec=SPEC, split=FileSplit((0,)))
    return tmp_path / "one"


def kept(folder: Path, name: str, values: list[str]) -> list[bool]:
    """Tell which values of a field have a row of their own."""
    spec, vocabulary = (
        FeatureSpec.load(folder / "feature_spec.json"),
        Vocabulary.load(folder / "vocabulary.npz"),
    )
    rows = vocabulary.rows_of(Encoder(spec).fingerprint_rows([{name: value} for value in values]))
    place = spec.names.index(name)
    return (rows[:, place] != place).tolist()


def test_a_carried_level_stays_while_it_is_met_and_is_aged_out_when_it_is_not(first, tmp_path):
    log = write_log(
        tmp_path / "two.txt", (1, {"C1": "a", "C2": "x"}), (3, {"C1": "c"}), (2, {"C1": "d"})
    )
    card = prepare([log], tmp_path / "two", carried=Carried.open(first), split=FileSplit((0,)))
    assert kept(tmp_path / "two", "C1", ["a", "b", "c", "d"]) == [True, False, True, False]
    fresh = prepare([log], tmp_path / "fresh", spec=SPEC, split=FileSplit((0,)))
    assert kept(tmp_path / "fresh", "C1", ["a", "b", "c", "d"]) == [False, False, True, False]
    entry = card["fields"][1]
    assert (entry["carried"], entry["new"], entry["aged_out"]) == (1, 1, 1)
    # I1: 7 is gone, the missing level was there before (b has no I1). C2: x stays, y goes, a missing one comes.
    assert [(e["carried"], e["new"], e["aged_out"]) for e in card["fields"]] == [
        (1, 0, 1),
        (1, 1, 1),
        (1, 1, 1),
    ]
    assert card["carried"] == {
        "vocabulary_digest": Vocabulary.load(first / "vocabulary.npz").digest,
        "carried": 3,
        "new": 2,
        "aged_out": 3,
    }
    assert card["spec_digest"] == SPEC.digest
    assert "carried" not in fresh
    assert "carried" not in fresh["fields"][0]


def test_a_bucket_stays_by_whatever_value_falls_into_it(first, tmp_path):
    encoder = Encoder(SPEC)
    mark = encoder.fingerprint_rows([{"C2": "x"}])[0, 2]
    values = [f"v{number}" for number in range(100)]
    marks = encoder.fingerprint_rows([{"C2": value} for value in values])[:, 2]
    same = values[int(np.flatnonzero(marks == mark)[0])]
    log = write_log(tmp_path / "two.txt", (1, {"C2": same}), (3, {"C2": ""}))
    prepare([log], tmp_path / "two", carried=Carried.open(first), split=FileSplit((0,)))
    assert kept(tmp_path / "two", "C2", [same, "x"]) == [True, True]


def test_levels_of_valid_and_test_rows_alone_are_aged_out(first, tmp_path):
    train = write_log(tmp_path / "two.txt", (3, {"C1": "c"}))
    later = write_log(tmp_path / "three.txt", (9, {"C1": "a"}))
    carried = Carried.open(first)
    prepare([train, later], tmp_path / "two", carried=carried, split=FileSplit((0, 1)))
    assert kept(tmp_path / "two", "C1", ["a", "c"]) == [False, True]


def test_the_same_rows_and_a_carried_vocabulary_give_it_back(first, tmp_path):
    again = prepare(
        [tmp_path / "one.txt"], tmp_path / "two", carried=Carried.open(first), split=FileSplit((0,))
    )
    assert again["digest"] == read_card(first)["digest"]
    assert (again["carried"]["new"], again["carried"]["aged_out"]) == (0, 0)


def test_logs_for_their_levels_count_and_are_in_no_split(first, tmp_path):
    window = write_log(tmp_path / "w.txt", (2, {"C1": "e"}), (1, {"C1": "b"}))
    train = write_log(tmp_path / "t.txt", (1, {"C1": "e"}), (4, {"C1": "a"}))
    later = write_log(tmp_path / "v.txt", (5, {"C1": "a"}))
    done = run_prepare(
        train, "--levels-from", window, "--valid", later, "--test", later,
        "--carry", first, "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "carried" in json.loads(done.stdout.splitlines()[-1])
    assert kept(tmp_path / "out", "C1", ["a", "b", "e"]) == [True, True, True]
    card = read_card(tmp_path / "out")
    assert {name: entry["rows"] for name, entry in card["splits"].items()} == {
        "train": 5,
        "valid": 5,
        "test": 5,
    }
    assert (card["rows"], card["counted_rows"]) == (15, 8)
    assert card["split"]["levels"] == ["w.txt"]
    assert card["split"]["train"] == ["t.txt"]
    assert read_split(tmp_path / "out", "train")["row"].to_pylist() == list(range(3, 8))


def test_the_command_says_what_was_carried_and_how_to_go_on(first, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(first, run / "model")
    log = write_log(tmp_path / "two.txt", (9, {"C1": "a"}), (9, {"C1": "c"}))
    done = run_prepare(log, "--carry", run, "--out", tmp_path / "out", "--split", "1/1/1")
    assert done.returncode == 0, done.stderr
    assert "carried   2 levels; 2 new, 4 aged out" in done.stdout
    assert f"--config {run}/config.toml --warm-start {run} --data" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--min-count", "5"], "--carry: does not go with --min-count"),
        (["--discretiser", "log_square"], "--carry: does not go with --discretiser"),
        (["--calendar"], "--carry: does not go with --calendar"),
        (["--spec", "x"], "--carry: does not go with --spec"),
        (["--like", "x"], "--like: does not go with --carry"),
        (["--levels-from", "x"], "--levels-from: goes with --split-by order, or with --valid"),
        (["--format", "frappe"], "spec: its fields must be columns of the format 'frappe'"),
    ],
)
def test_wrong_usage_is_explained(first, tmp_path, arguments, message):
    log = tmp_path / "one.txt"
    done = run_prepare(log, "--carry", first, *arguments, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert message in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_carried_is_not_replaced(first, tmp_path):
    log = tmp_path / "one.txt"
    done = run_prepare(log, "--carry", first, "--out", first, "--overwrite")
    assert done.returncode == 2
    assert "--carry: must not be in --out" in done.stderr


def test_a_vocabulary_or_spec_of_another_folder_is_refused(first, tmp_path):
    log = write_log(tmp_path / "two.txt", (5, {"C1": "z"}))
    prepare([log], tmp_path / "two", spec=SPEC, split=FileSplit((0,)))
    shutil.copy(tmp_path / "two" / "vocabulary.npz", first)
    with pytest.raises(InvalidInputError, match=r"carry: the vocabulary in .* must be the one"):
        Carried.open(first)
    FeatureSpec(SPEC.fields, 4).save(tmp_path / "two" / "feature_spec.json")
    with pytest.raises(InvalidInputError, match=r"carry: the spec in .* must be the one"):
        Carried.open(tmp_path / "two")


def test_another_spec_beside_what_is_carried_is_refused(first, tmp_path):
    with pytest.raises(InvalidInputError, match="carry: the spec must be that of the vocabulary"):
        prepare(
            [tmp_path / "one.txt"],
            tmp_path / "two",
            spec=FeatureSpec(SPEC.fields, 4),
            carried=Carried.open(first),
            split=FileSplit((0,)),
        )


def test_a_log_for_its_levels_may_not_be_given_twice(tmp_path):
    log = write_log(tmp_path / "one.txt", (5, {"C1": "z"}))
    with pytest.raises(InvalidInputError, match="each file once"):
        prepare([log, log], tmp_path / "out", spec=SPEC, split=FileSplit((LEVELS_ONLY, 0)))
