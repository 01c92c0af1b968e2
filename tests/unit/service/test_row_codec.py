import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bundle import PRESENT, PRUNED
from service.tiers.corrupt_row_error import CorruptRowError
from service.tiers.row_codec import RowCodec

RELEASE = "ab" * 32
CODEC = RowCodec(RELEASE, 2)
ROW = np.array([1.5, -2], "<f4").tobytes()


def test_the_key_names_the_release_and_the_level():
    assert CODEC.key(255) == b"dynint:abababababababab:00000000000000ff"


def test_a_key_never_holds_braces():
    assert b"{" not in CODEC.key(0x7B7D7B7D7B7D7B7D)


def test_what_is_written_is_read():
    assert CODEC.decode(7, CODEC.encode(7, ROW)) == (ROW, False)


def test_a_pruned_row_is_its_header_and_reads_as_zeros():
    value = CODEC.encode(7, None)
    assert len(value) == 16
    assert CODEC.decode(7, value) == (bytes(8), True)


@given(st.integers(0, 24 * 8 - 1))
def test_any_flipped_bit_is_found(bit: int):
    value = bytearray(CODEC.encode(7, ROW))
    value[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CorruptRowError):
        CODEC.decode(7, bytes(value))


@given(st.integers(0, 23))
def test_any_truncation_is_found(length: int):
    with pytest.raises(CorruptRowError):
        CODEC.decode(7, CODEC.encode(7, ROW)[:length])


def test_a_row_of_another_level_release_or_width_is_refused():
    value = CODEC.encode(7, ROW)
    for codec, fingerprint in (
        (CODEC, 8),
        (RowCodec("cd" * 32, 2), 7),
        (RowCodec("ab" * 31 + "cd", 2), 7),  # the same prefix of the key
        (RowCodec(RELEASE, 3), 7),
    ):
        with pytest.raises(CorruptRowError):
            codec.decode(fingerprint, value)


def test_many_rows_are_written_alike():
    rows = np.array([[1.5, -2], [0, 0]], np.float32)
    entries = CODEC.entries([7, 8], rows, np.array([PRESENT, PRUNED], np.uint8))
    assert entries == [
        (CODEC.key(7), CODEC.encode(7, ROW)),
        (CODEC.key(8), CODEC.encode(8, None)),
    ]
