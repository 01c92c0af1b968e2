import numpy as np
import pyarrow as pa
import pytest

from model.features import Field, FieldEncoder
from training.prepare.levels import REFUSED, Levels

CATEGORY = Field("C1", "categorical")
NUMBER = Field("I1", "numeric", discretiser="squared_log")
HASHED = Field("C2", "categorical", hash_buckets=5)


def codes(levels: Levels, *texts: str) -> list[int]:
    return levels.codes_of(pa.array(texts, pa.string())).tolist()


def test_numbers_levels_by_first_sight_and_remembers_them():
    levels = Levels(CATEGORY)
    assert codes(levels, "b", "a") == [0, 1]
    assert codes(levels, "", "a", "c", "b") == [2, 1, 3, 0]
    encoder = FieldEncoder(CATEGORY)
    assert levels.fingerprints.tolist() == [
        encoder.fingerprint(text) for text in ("b", "a", "", "c")
    ]


def test_numbers_that_share_a_level_share_its_code():
    levels = Levels(NUMBER)
    assert codes(levels, "3", "03", "3.0", "") == [0, 0, 0, 1]
    assert codes(levels, "1000", "1001") == [2, 2]
    encoder = FieldEncoder(NUMBER)
    assert levels.fingerprints.tolist() == [encoder.fingerprint(v) for v in (3, None, 1000)]


def test_hashed_texts_share_buckets():
    levels = Levels(HASHED)
    found = codes(levels, *map(str, range(100)))
    assert set(found) == set(range(5))
    encoder = FieldEncoder(HASHED)
    for text, code in zip(map(str, range(100)), found, strict=True):
        assert levels.fingerprints[code] == encoder.fingerprint(text)


@pytest.mark.parametrize("text", ["x", "1e999", "99999999999999999999999"])
def test_texts_that_are_no_value_are_refused_with_a_reason(text: str):
    levels = Levels(NUMBER)
    assert codes(levels, "1", text, "2") == [0, REFUSED, 1]
    assert codes(levels, text, "2") == [REFUSED, 1]
    assert "field 'I1'" in levels.reason(text)
    assert levels.reason("1") == ""


@pytest.mark.parametrize("field", [CATEGORY, NUMBER, HASHED])
def test_counts_by_level(field: Field):
    levels = Levels(field)
    total = dict[int, int]()
    random = np.random.default_rng(2)
    for start in range(0, 5000, 1000):
        texts = pa.array([str(value) for value in range(start, start + 2000)])
        found = levels.codes_of(texts)
        times = random.integers(0, 4, len(found))
        levels.count(found, times)
        for code, count in zip(found.tolist(), times.tolist(), strict=True):
            total[code] = total.get(code, 0) + count
    assert levels.counts.tolist() == [total[code] for code in range(len(levels))]
    assert len(levels.fingerprints) == len(levels) == len(set(levels.fingerprints.tolist()))


def test_forgets_texts_but_not_levels_of_a_field_whose_levels_are_few():
    levels = Levels(NUMBER, most_texts=1000)
    before = codes(levels, "1", "x", "500")
    for start in range(10_000, 14_000, 400):
        levels.codes_of(pa.array(np.arange(start, start + 400).astype(str)))
        assert len(levels._index) <= 1000
    assert codes(levels, "1", "x", "500") == before
    assert len(levels) < 100
