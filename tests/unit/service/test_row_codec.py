import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bundle import PRESENT, PRUNED
from service.tiers.row_codec import RowCodec

RELEASE = "ab" * 32
CODEC = RowCodec(RELEASE, 2)
MARKS = np.array([7], np.uint64)
ROW = np.array([[1.5, -2]], np.float32)
KEPT, ZERO = np.array([PRESENT], np.uint8), np.array([PRUNED], np.uint8)
(WHOLE,) = CODEC.encode(MARKS, ROW, KEPT)
(SHORT,) = CODEC.encode(MARKS, np.zeros((1, 2), np.float32), ZERO)


def is_refused(value: bytes, codec: RowCodec = CODEC, mark: int = 7) -> bool:
    decoded = codec.decode(np.array([mark], np.uint64), [value])
    assert sum(decoded.rejected.values()) == (not decoded.valid[0])
    assert decoded.valid[0] or not decoded.rows.any()
    return not decoded.valid[0]


def test_the_key_names_the_release_and_the_level():
    keys = CODEC.keys(np.array([255, 2**64 - 1], np.uint64))
    assert keys == [
        b"dynint:abababababababab:00000000000000ff",
        b"dynint:abababababababab:ffffffffffffffff",
    ]


def test_a_key_never_holds_braces():
    assert b"{" not in CODEC.keys(np.array([0x7B7D7B7D7B7D7B7D], np.uint64))[0]


def test_what_is_written_is_read():
    decoded = CODEC.decode(MARKS, [WHOLE])
    assert decoded.valid.all()
    assert decoded.states.tolist() == [PRESENT]
    np.testing.assert_array_equal(decoded.rows, ROW)


def test_a_pruned_row_is_its_header_and_reads_as_zeros():
    assert len(SHORT) == 16
    decoded = CODEC.decode(MARKS, [SHORT])
    assert decoded.valid.all()
    assert decoded.states.tolist() == [PRUNED]
    assert not decoded.rows.any()


@given(st.integers(0, 24 * 8 - 1))
def test_any_flipped_bit_is_found(bit: int):
    value = bytearray(WHOLE)
    value[bit // 8] ^= 1 << bit % 8
    assert is_refused(bytes(value))
    assert bit // 8 >= 16 or is_refused(bytes([*value[:16]]))


@given(st.integers(0, 16 * 8 - 1))
def test_any_flipped_bit_of_a_pruned_row_is_found(bit: int):
    value = bytearray(SHORT)
    value[bit // 8] ^= 1 << bit % 8
    assert is_refused(bytes(value))


@pytest.mark.parametrize("length", range(24))
def test_any_truncation_is_found(length: int):
    assert is_refused(WHOLE[:length])


@pytest.mark.parametrize("value", [WHOLE, SHORT])
def test_a_row_of_another_level_release_or_width_is_refused(value: bytes):
    assert is_refused(value, mark=8)
    assert is_refused(value, RowCodec("cd" * 32, 2))
    assert is_refused(value, RowCodec("ab" * 31 + "cd", 2))  # the same prefix of the key
    assert is_refused(value, RowCodec(RELEASE, 3))


def test_each_reason_is_counted():
    values = [None, WHOLE, b"short", WHOLE + b"x", b"XXXX" + WHOLE[4:], WHOLE[:-1] + b"\0"]
    marks = np.full(len(values), 7, np.uint64)
    decoded = CODEC.decode(marks, values)
    assert decoded.valid.tolist() == [False, True, False, False, False, False]
    assert decoded.rejected == {"truncated": 1, "width": 1, "header": 1, "checksum": 1}


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.booleans()), min_size=1, max_size=30))
def test_many_rows_are_written_and_read_alike(levels: list[tuple[int, bool]]):
    marks = np.array([mark for mark, _ in levels], np.uint64)
    states = np.array([PRUNED if pruned else PRESENT for _, pruned in levels], np.uint8)
    rows = np.random.default_rng(0).normal(size=(len(levels), 5)).astype(np.float32)
    rows[states == PRUNED] = 0
    codec = RowCodec(RELEASE, 5)
    values = codec.encode(marks, rows, states)
    for place, value in enumerate(values):
        alone = slice(place, place + 1)
        assert codec.encode(marks[alone], rows[alone], states[alone]) == [value]
    decoded = codec.decode(marks, values)
    assert decoded.valid.all()
    np.testing.assert_array_equal(decoded.rows, rows)
    np.testing.assert_array_equal(decoded.states, states)
