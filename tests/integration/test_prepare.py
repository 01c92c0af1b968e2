import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import zstandard

from model.errors import InvalidInputError
from model.features import Encoder, FeatureSpec, Vocabulary
from tests.integration.prepared import contents, read_all, read_card, read_sample, read_split
from tests.unit.data.lines import instance_of, line
from training.datasets.criteo import CRITEO
from training.datasets.synthetic import bayes_path, generate_log
from training.prepare import Split, prepare
from training.prepare import prepare_generated as generated

ODD = (
    line("1", I1="3", I2="-1", C1='"', C2="a\rb", C3="é😀", C4="NA", C5=" ")
    + b"\n"
    + line("0", I1="03", I3="18446744073709551615", C1="null", C26="\x00")
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "log.txt"
    generate_log(path, 4000, 7)
    return path


@pytest.fixture(scope="module")
def odd_log(log: Path) -> Path:
    """The log again, with odd lines in its middle and no truth beside it."""
    lines = log.read_bytes().splitlines(keepends=True)
    path = log.with_name("odd.txt")
    path.write_bytes(b"".join(lines[:2000]) + ODD * 4 + b"".join(lines[2000:]))
    return path


def test_ids_are_those_of_the_row_wise_encoder_and_a_vocabulary_counted_by_hand(
    odd_log: Path, tmp_path: Path
):
    spec = CRITEO.spec(5)
    split = Split(60, 15, 25, seed=9)
    prepare([odd_log], tmp_path / "out", spec=spec, split=split)
    raw = odd_log.read_bytes().split(b"\n")[:-1]
    rows = [row for row, text in enumerate(raw) if text]
    labels, instances = zip(*(instance_of(raw[row]) for row in rows), strict=True)
    marks = Encoder(spec).fingerprint_rows(instances)
    dealt = split.assign(np.array(rows))

    found = read_all(tmp_path / "out", spec.names)
    assert sorted(found) == rows
    vocabulary = Vocabulary.load(tmp_path / "out" / "vocabulary.npz")
    expected = vocabulary.rows_of(marks)
    for place, row in enumerate(rows):
        name = ("train", "valid", "test")[dealt[place]]
        assert found[row] == (name, labels[place], expected[place].tolist())

    card = read_card(tmp_path / "out")
    for place, field in enumerate(card["fields"]):
        counts = Counter(marks[dealt == 0, place].tolist())
        kept = {mark: count for mark, count in counts.items() if count >= 5}
        mine = vocabulary.fields == place
        assert (
            dict(
                zip(
                    vocabulary.fingerprints[mine].tolist(),
                    vocabulary.counts[mine].tolist(),
                    strict=True,
                )
            )
            == kept
        )
        assert (field["levels"], field["kept"]) == (len(counts), len(kept))
        assert field["dropped"] == len(counts) - len(kept)
        assert field["known_share"] == pytest.approx(sum(kept.values()) / (dealt == 0).sum())
        missing = np.mean(
            [field["name"] not in i for i, d in zip(instances, dealt, strict=True) if d == 0]
        )
        assert field["missing_share"] == pytest.approx(missing)
    assert card["rows"] == len(rows)
    assert card["positive_rate"] == pytest.approx(np.mean(labels))
    assert card["empty_lines"] == 4
    assert card["files"] == [{"name": "odd.txt", "lines": len(raw)}]


def test_the_sample_holds_test_rows_as_requests_would_carry_them(odd_log: Path, tmp_path: Path):
    spec = CRITEO.spec(5)
    prepare([odd_log], tmp_path / "out", spec=spec, split=Split(50, 10, 40))
    raw = odd_log.read_bytes().split(b"\n")
    entries = read_sample(tmp_path / "out")
    assert len(entries) == 1000
    assert [entry["row"] for entry in entries] == sorted({entry["row"] for entry in entries})
    tests = {
        row: ids
        for row, (split, _, ids) in read_all(tmp_path / "out", spec.names).items()
        if split == "test"
    }
    vocabulary = Vocabulary.load(tmp_path / "out" / "vocabulary.npz")
    marks = Encoder(spec).fingerprint_rows([entry["instance"] for entry in entries])
    for entry, ids in zip(entries, vocabulary.rows_of(marks).tolist(), strict=True):
        assert (entry["label"], entry["instance"]) == instance_of(raw[entry["row"]])
        assert tests[entry["row"]] == ids
    # It is a sample of all of them, not the first ones.
    assert np.median([entry["row"] for entry in entries]) == pytest.approx(2000, abs=250)


def test_every_byte_is_the_same_whatever_the_block_size_and_compression(
    odd_log: Path, tmp_path: Path
):
    data = odd_log.read_bytes()
    (tmp_path / "gz").mkdir()
    (tmp_path / "zst").mkdir()
    packed = tmp_path / "gz" / "odd.txt"
    packed.write_bytes(gzip.compress(data))
    zipped = tmp_path / "zst" / "odd.txt"
    zipped.write_bytes(zstandard.ZstdCompressor().compress(data))
    spec = CRITEO.spec(5)
    cards = [
        prepare([path], tmp_path / f"out-{place}", spec=spec, block_bytes=size)
        for place, (path, size) in enumerate(
            [(odd_log, 16 << 20), (odd_log, 9_999), (packed, 100_000), (zipped, 300_000)]
        )
    ]
    assert all(card == cards[0] for card in cards)
    first = contents(tmp_path / "out-0")
    assert all(contents(tmp_path / f"out-{place}") == first for place in (1, 2, 3))


def test_several_files_are_one_log(log: Path, tmp_path: Path):
    lines = log.read_bytes().splitlines(keepends=True)
    parts = [tmp_path / "a.txt", tmp_path / "b.txt"]
    parts[0].write_bytes(b"".join(lines[:1500])[:-1])
    parts[1].write_bytes(b"".join(lines[1500:]))
    whole = tmp_path / "whole.txt"
    whole.write_bytes(log.read_bytes())
    digests = {prepare(logs, tmp_path / logs[0].stem)["digest"] for logs in (parts, [whole])}
    assert len(digests) == 1


def test_the_digest_changes_with_the_seed_the_spec_and_the_data(log: Path, tmp_path: Path):
    other = tmp_path / "other.txt"
    other.write_bytes(log.read_bytes().replace(b"\n0\t", b"\n1\t", 1))
    plain = tmp_path / "plain.txt"
    plain.write_bytes(log.read_bytes())
    runs = [
        ([plain], CRITEO.spec(5), Split()),
        ([plain], CRITEO.spec(5), Split(seed=2)),
        ([plain], CRITEO.spec(6), Split()),
        ([plain], CRITEO.spec(5, "log_square"), Split()),
        ([other], CRITEO.spec(5), Split()),
    ]
    digests = {
        prepare(logs, tmp_path / f"out-{place}", spec=spec, split=split)["digest"]
        for place, (logs, spec, split) in enumerate(runs)
    }
    assert len(digests) == len(runs)


def test_a_spec_may_take_some_columns_in_another_order_and_hash_them(log: Path, tmp_path: Path):
    fields = {field.name: field for field in CRITEO.spec(1).fields}
    hashed = type(fields["C3"])("C3", "categorical", "context", None, 50)
    spec = FeatureSpec((fields["C2"], fields["I1"], hashed), 1)
    card = prepare([log], tmp_path / "out", spec=spec)
    assert [field["name"] for field in card["fields"]] == ["C2", "I1", "C3"]
    assert 50 <= card["fields"][2]["levels"] <= 51
    table = read_split(tmp_path / "out", "train")
    assert table.schema.names == ["row", "label", "bayes_probability", "C2", "I1", "C3"]


def test_the_probability_beside_a_log_reaches_its_rows(log: Path, tmp_path: Path):
    card = prepare([log], tmp_path / "out")
    chances = np.load(bayes_path(log))
    for split in ("train", "valid", "test"):
        table = read_split(tmp_path / "out", split)
        np.testing.assert_array_equal(table["bayes_probability"], chances[table["row"]])
        assert 0.7 < card["splits"][split]["bayes_auc"] < 0.9
    assert card["truth"][0]["seed"] == 7


def test_probabilities_of_another_log_are_refused(log: Path, tmp_path: Path):
    for name, lines in (("short", 3999), ("long", 4001)):
        path = tmp_path / f"{name}.txt"
        path.write_bytes(log.read_bytes())
        np.save(bayes_path(path), np.full(lines, 0.5))
        with pytest.raises(InvalidInputError, match="must have one probability per line"):
            prepare([path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_later_day_is_encoded_with_an_earlier_ones_vocabulary(log: Path, tmp_path: Path):
    prepare([log], tmp_path / "first")
    spec = FeatureSpec.load(tmp_path / "first" / "feature_spec.json")
    vocabulary = Vocabulary.load(tmp_path / "first" / "vocabulary.npz")
    later = tmp_path / "later.txt"
    rows = [line(None, I1=str(number), C9="zzz") for number in range(50)]
    later.write_bytes(b"".join(rows))
    card = prepare([later], tmp_path / "later", spec=spec, vocabulary=vocabulary, labelled=False)
    assert (card["labelled"], card["positive_rate"]) == (False, None)
    assert {name: entry["rows"] for name, entry in card["splits"].items()} == {
        "train": 0,
        "valid": 0,
        "test": 50,
    }
    table = read_split(tmp_path / "later", "test")
    assert np.isnan(table["label"].to_numpy()).all()
    instances = [{"I1": number, "C9": "zzz"} for number in range(50)]
    expected = vocabulary.rows_of(Encoder(spec).fingerprint_rows(instances))
    for place, name in enumerate(spec.names):
        assert table[name].to_pylist() == expected[:, place].tolist()
    assert card["vocabulary_digest"] == vocabulary.digest
    assert "label" not in read_sample(tmp_path / "later")[0]


def test_generated_data_says_how_well_the_truth_predicts(tmp_path: Path):
    card = generated(3000, tmp_path / "out", seed=3, split=Split(70, 10, 20, 3))
    assert card["truth"][0]["rows"] == card["rows"] == 3000
    assert (tmp_path / "out" / "raw" / "log.txt").is_file()
    again = prepare([tmp_path / "out" / "raw" / "log.txt"], tmp_path / "again", split=Split(seed=3))
    assert again["digest"] == card["digest"]
    other_day = generated(3000, tmp_path / "day", seed=3, day=1, split=Split(seed=3))
    assert other_day["digest"] != card["digest"]


def test_a_log_without_training_rows_is_refused(tmp_path: Path):
    (tmp_path / "one.txt").write_bytes(line("1"))
    (tmp_path / "none.txt").write_bytes(b"")
    with pytest.raises(InvalidInputError, match=r"at least one training row; received 0 rows"):
        prepare([tmp_path / "none.txt"], tmp_path / "out")
    with pytest.raises(InvalidInputError, match="at least one training row; received 1 rows"):
        prepare([tmp_path / "one.txt"], tmp_path / "out", split=Split(0, 0, 1))
    with pytest.raises(InvalidInputError, match="logs: must be at least one file"):
        prepare([], tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["none.txt", "one.txt"]


def test_a_log_is_read_once_and_never_lies_in_the_folder_to_replace(log: Path, tmp_path: Path):
    with pytest.raises(InvalidInputError, match=r"logs: each file once; received .* twice"):
        prepare([log, log.parent / "." / log.name], tmp_path / "out")
    generated(300, tmp_path / "out")
    raw = tmp_path / "out" / "raw" / "log.txt"
    with pytest.raises(InvalidInputError, match="out: must not hold a log"):
        prepare([raw], tmp_path / "out", overwrite=True)
    assert raw.is_file()


def test_an_unlabelled_log_needs_a_vocabulary(tmp_path: Path):
    (tmp_path / "log.txt").write_bytes(line(None))
    with pytest.raises(InvalidInputError, match=r"no-label: .*vocabulary"):
        prepare([tmp_path / "log.txt"], tmp_path / "out", labelled=False)
