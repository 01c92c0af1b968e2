"""Vocabulary: the numbering of rows, the threshold, the look-up and the file."""

import io
import zipfile
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field, Vocabulary

MARKS = st.integers(0, 2**64 - 1) | st.integers(0, 20)
COUNTS = st.lists(st.dictionaries(MARKS, st.integers(1, 5), max_size=8), min_size=1, max_size=4)


def spec_of(fields, min_count=1):
    return FeatureSpec(
        tuple(Field(f"C{place}", "categorical", "context") for place in range(fields)), min_count
    )


def arrays(counts):
    return [
        (np.array(list(levels), np.uint64), np.array(list(levels.values()), np.int64))
        for levels in counts
    ]


def build(*counts, min_count=1):
    return Vocabulary.from_counts(spec_of(len(counts), min_count), arrays(counts))


SMALL = build({30: 5, 10: 2, 20: 1}, {25: 2, 2**64 - 1: 9}, min_count=2)


def test_rows_are_numbered_field_by_field_after_the_rows_of_the_rare():
    # Rows 0 and 1 are the fields' own; 20 was seen once only.
    assert SMALL.fingerprints.tolist() == [10, 25, 30, 2**64 - 1]
    assert SMALL.rows.tolist() == [2, 4, 3, 5]
    assert SMALL.counts.tolist() == [2, 2, 5, 9]
    assert SMALL.fields.tolist() == [0, 1, 0, 1]
    assert (SMALL.n_fields, SMALL.n_rows) == (2, 6)


def test_a_level_that_is_absent_has_the_row_of_its_field():
    marks = np.array([[10, 25], [20, 2**64 - 1], [30, 24], [0, 0]], np.uint64)
    rows = SMALL.rows_of(marks)
    assert rows.dtype == np.int32
    assert rows.tolist() == [[2, 4], [0, 5], [3, 1], [0, 1]]
    assert SMALL.rows_of(marks[0]).tolist() == [2, 4]
    assert SMALL.rows_of(marks[:, None]).shape == (4, 1, 2)
    assert SMALL.rows_of_field(1, marks[:, 1]).tolist() == [4, 5, 1, 1]


@given(COUNTS, st.integers(1, 5))
def test_the_look_up_is_that_of_a_dict(counts, min_count):
    vocabulary = build(*counts, min_count=min_count)
    expected = {}
    row = len(counts)
    for levels in counts:
        for mark in sorted(levels):
            if levels[mark] >= min_count and mark not in expected:
                expected[mark] = row
                row += 1
    assert vocabulary.n_rows == row
    assert dict(zip(vocabulary.fingerprints.tolist(), vocabulary.rows.tolist(), strict=True)) == (
        expected
    )
    asked = sorted({mark for levels in counts for mark in levels} | {0, 2**64 - 1})
    marks = np.array([[mark] * len(counts) for mark in asked], np.uint64)
    assert vocabulary.rows_of(marks).tolist() == [
        [expected.get(mark, field) for field in range(len(counts))] for mark in asked
    ]
    for field in range(len(counts)):
        assert vocabulary.rows_of_field(field, marks[:, 0]).tolist() == [
            expected.get(mark, field) for mark in asked
        ]


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_numbering_does_not_depend_on_the_order_of_the_log(counts, random):
    shuffled = [dict(random.sample(list(levels.items()), len(levels))) for levels in counts]
    assert build(*shuffled).digest == build(*counts).digest


def test_counts_from_parts_of_a_log_are_added_before_the_threshold():
    marks = np.array([7, 8, 7], np.uint64)
    counts = np.array([2, 4, 3])
    vocabulary = Vocabulary.from_counts(spec_of(1, min_count=5), [(marks, counts)])
    assert vocabulary.fingerprints.tolist() == [7]
    assert vocabulary.counts.tolist() == [5]


def test_levels_of_two_fields_with_one_fingerprint_share_the_row_of_the_first():
    vocabulary = build({5: 1, 9: 1}, {9: 2, 11: 1}, {9: 4})
    assert vocabulary.fingerprints.tolist() == [5, 9, 11]
    assert vocabulary.rows.tolist() == [3, 4, 5]
    assert vocabulary.fields.tolist() == [0, 0, 1]
    assert vocabulary.counts.tolist() == [1, 7, 1]
    assert vocabulary.rows_of(np.array([9, 9, 9], np.uint64)).tolist() == [4, 4, 4]


def test_each_field_must_pass_the_threshold_by_itself():
    vocabulary = build({9: 1}, {9: 2}, min_count=2)
    assert vocabulary.fields.tolist() == [1]
    assert vocabulary.counts.tolist() == [2]
    assert build({9: 1}, {9: 1}, min_count=2).n_rows == 2


def test_an_empty_vocabulary_knows_only_the_rare():
    empty = build({}, {3: 1}, min_count=2)
    assert empty.n_rows == 2
    assert empty.rows_of(np.array([[3, 3]], np.uint64)).tolist() == [[0, 1]]
    assert empty.rows_of(np.empty((0, 2), np.uint64)).shape == (0, 2)


@given(COUNTS)
def test_a_saved_vocabulary_is_the_same_again(tmp_path_factory, counts):
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.npz"
    vocabulary = build(*counts)
    vocabulary.save(path)
    content = path.read_bytes()
    again = Vocabulary.load(path)
    again.save(path)
    assert path.read_bytes() == content
    assert again.digest == vocabulary.digest
    assert again.n_rows == vocabulary.n_rows
    for name in ("fingerprints", "rows", "counts", "fields"):
        np.testing.assert_array_equal(getattr(again, name), getattr(vocabulary, name))
        assert getattr(again, name).dtype == getattr(vocabulary, name).dtype


def test_the_file_is_not_compressed_and_keeps_its_name(tmp_path):
    path = tmp_path / "words"
    SMALL.save(path)
    with zipfile.ZipFile(path) as file:
        assert {entry.compress_type for entry in file.infolist()} == {zipfile.ZIP_STORED}


def test_every_part_of_the_content_is_in_the_digest():
    others = [
        build({30: 5, 10: 2}, {25: 2, 2**64 - 2: 9}),
        build({30: 5, 10: 2}, {25: 2, 2**64 - 1: 8}),
        build({30: 5, 10: 2, 25: 2}, {2**64 - 1: 9}),
        build({30: 5, 10: 2}, {25: 2, 2**64 - 1: 9}, {}),
    ]
    digests = {SMALL.digest, *(other.digest for other in others)}
    assert len(digests) == 5
    assert build({30: 5, 10: 2}, {25: 2, 2**64 - 1: 9}).digest == SMALL.digest
    assert SMALL.digest == "35ab682d70ac2f400d5d4347595f025f9c0c22dc615bd7f39060c5e9f9bf42b4"


def test_any_flipped_bit_of_the_file_is_found_or_harmless(tmp_path):
    path = tmp_path / "vocabulary.npz"
    SMALL.save(path)
    content = path.read_bytes()
    refused = []
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        try:
            assert Vocabulary.load(path).digest == SMALL.digest
        except InvalidInputError as error:
            refused.append(str(error))
    assert len(refused) > len(content) / 2
    assert all(text.startswith(f"{path}: must be a whole vocabulary file") for text in refused)


@pytest.mark.parametrize("part", [0, 1, 100, -1])
def test_a_truncated_file_is_refused(tmp_path, part):
    path = tmp_path / "vocabulary.npz"
    SMALL.save(path)
    path.write_bytes(path.read_bytes()[:part])
    with pytest.raises(InvalidInputError, match="must be a whole vocabulary file"):
        Vocabulary.load(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "vocabulary.npz"
    with pytest.raises(FileNotFoundError):
        Vocabulary.load(path)
    for content in (np.arange(3), np.array([{"pickled": 1}], object)):
        buffer = io.BytesIO()
        np.save(buffer, content, allow_pickle=True)
        path.write_bytes(buffer.getvalue())
        with pytest.raises(InvalidInputError, match="must be a whole vocabulary file"):
            Vocabulary.load(path)
    np.savez(path, fingerprints=np.empty(0, np.uint64), n_fields=1)
    with pytest.raises(InvalidInputError, match="must be a whole vocabulary file"):
        Vocabulary.load(path)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"fingerprints": [10, 10, 30, 40]}, "fingerprints: must ascend, each once"),
        ({"fingerprints": [10, 25, 40, 30]}, "fingerprints: must ascend, each once"),
        ({"rows": [2, 4, 3, 6]}, "rows: must number the levels field by field"),
        ({"rows": [3, 4, 2, 5]}, "rows: must number the levels field by field"),
        ({"fields": [0, 1, 0, 2]}, "fields: must be below 2; received 2"),
        ({"fields": [1, 1, 0, 1]}, "rows: must number the levels field by field"),
        ({"counts": [1, 1]}, r"counts: must be int64 of shape \(4,\); received int64 of shape"),
        ({"counts": [1, 1, 0, 1]}, "counts: must be at least 1; received 0"),
        ({"n_fields": 1}, "fields: must be below 1; received 1"),
        ({"n_fields": 0}, "n_fields: must be 1 to 65535; received 0"),
        ({"n_fields": 2**16}, "n_fields: must be 1 to 65535; received 65536"),
    ],
)
def test_content_that_breaks_a_rule_is_refused(changes, text):
    content = {
        name: np.array(changes.get(name, getattr(SMALL, name)), getattr(SMALL, name).dtype)
        for name in ("fingerprints", "rows", "counts", "fields")
    }
    with pytest.raises(InvalidInputError, match=text):
        Vocabulary(**content, n_fields=changes.get("n_fields", 2))


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ([], r"counts: must be one pair per field \(1\); received 0"),
        ([(np.array([1]), np.array([1]))], "fingerprints must be uint64 with one dimension"),
        ([(np.zeros((1, 1), np.uint64), np.array([[1]]))], "must be uint64 with one dimension"),
        ([(np.array([1], np.uint64), np.array([1, 2]))], r"must be integers of shape \(1,\)"),
        ([(np.array([1], np.uint64), np.array([1.0]))], r"must be integers of shape \(1,\)"),
    ],
)
def test_counts_of_the_wrong_form_are_refused(counts, text):
    with pytest.raises(InvalidInputError, match=text):
        Vocabulary.from_counts(spec_of(1), counts)


def test_fingerprints_of_the_wrong_form_are_refused():
    with pytest.raises(InvalidInputError, match="fingerprints: must be uint64; received int64"):
        SMALL.rows_of(np.array([[10, 25]]))
    for shape in ((), (3,), (2, 3)):
        with pytest.raises(InvalidInputError, match="fingerprints: last axis must be 2 fields"):
            SMALL.rows_of(np.zeros(shape, np.uint64))
    for field in (-1, 2):
        with pytest.raises(InvalidInputError, match="field: must be from 0 to 1; received"):
            SMALL.rows_of_field(field, np.zeros(1, np.uint64))


def test_a_large_vocabulary_keeps_its_order():
    random = np.random.default_rng(3)
    counts = [(random.integers(0, 2**64, 20_000, np.uint64), np.full(20_000, 20)) for _ in range(3)]
    vocabulary = Vocabulary.from_counts(spec_of(3, min_count=20), counts)
    for field, (marks, _) in enumerate(counts):
        rows = vocabulary.rows_of_field(field, np.sort(marks))
        assert all(next_row == row + 1 for row, next_row in pairwise(rows.tolist()))


def test_a_carried_level_is_kept_if_it_was_seen_at_all():
    counts = arrays([{10: 1, 30: 5, 40: 1, 50: 0}, {25: 1, 7: 2}])
    found = Vocabulary.from_counts(spec_of(2, 2), counts, build({10: 1, 50: 1}, {25: 9, 26: 9}))
    assert found.fingerprints.tolist() == [7, 10, 25, 30]
    assert found.counts.tolist() == [2, 1, 1, 5]


def test_a_carried_vocabulary_of_other_fields_is_refused():
    with pytest.raises(
        InvalidInputError, match=r"carried: must be of the spec's 1 fields; .* of 2"
    ):
        Vocabulary.from_counts(spec_of(1), arrays([{10: 1}]), SMALL)
