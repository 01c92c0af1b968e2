import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.prepare.hash_index import ABSENT, HashIndex

# Few low bits: most keys want the same slots.
KEYS = st.integers(0, 7).flatmap(
    lambda low: st.integers(0, 2**50).map(lambda high: high << 13 | low)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(KEYS, max_size=80), max_size=8))
def test_finds_what_was_inserted_and_nothing_else(batches: list[list[int]]):
    index, known = HashIndex(), {}
    for batch in batches:
        keys = np.array(batch, np.uint64)
        assert index.find(keys).tolist() == [known.get(key, ABSENT) for key in batch]
        fresh = [key for key in dict.fromkeys(batch) if key not in known]
        codes = list(range(len(known), len(known) + len(fresh)))
        known.update(zip(fresh, codes, strict=True))
        index.insert(np.array(fresh, np.uint64), np.array(codes, np.int32))
        assert index.find(keys).tolist() == [known[key] for key in batch]
    assert len(index) == len(known)


def test_grows_and_forgets():
    keys = np.random.default_rng(1).integers(0, 2**63, 200_000).astype(np.uint64)
    index = HashIndex()
    for start in range(0, len(keys), 50_000):
        part = slice(start, start + 50_000)
        index.insert(keys[part], np.arange(start, start + 50_000, dtype=np.int32))
    assert index.find(keys).tolist() == list(range(len(keys)))
    index.clear()
    assert set(index.find(keys[:10]).tolist()) == {ABSENT}
    assert len(index) == 0
