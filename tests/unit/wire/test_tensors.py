import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.wire import WireError, decode_tensor, encode_tensor
from model.wire.tensor_pb2 import Tensor

NUMERIC = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]

arrays = st.sampled_from(NUMERIC).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    )
)
repeated = {
    "f4": (1, "float_val"),
    "f8": (2, "double_val"),
    "i4": (3, "int_val"),
    "u1": (4, "int_val"),
    "i2": (5, "int_val"),
    "i1": (6, "int_val"),
    "i8": (9, "int64_val"),
    "?": (10, "bool_val"),
    "u2": (17, "int_val"),
    "u4": (22, "uint32_val"),
    "u8": (23, "uint64_val"),
}


def tensor(dtype: int, shape: tuple[int, ...], **fields) -> Tensor:
    message = Tensor(dtype=dtype, **fields)
    for size in shape:
        message.tensor_shape.dim.add(size=size)
    return message


@given(arrays)
def test_an_array_comes_back_bit_for_bit(array):
    back = decode_tensor(Tensor.FromString(encode_tensor(array).SerializeToString()))

    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", repeated)
def test_the_repeated_field_of_each_dtype_is_read(dtype):
    number, field = repeated[dtype]
    values = np.array([1, 0, 1], dtype)

    back = decode_tensor(tensor(number, (3, 1), **{field: values.tolist()}))

    assert back.dtype == values.dtype
    np.testing.assert_array_equal(back, values[:, None])


def test_float16_elements_are_the_bits_in_half_val():
    # 1.5 in float16 is 0x3e00, -2 is 0xc000.
    back = decode_tensor(tensor(19, (2,), half_val=[0x3E00, 0xC000]))

    assert back.dtype == np.float16
    assert back.tolist() == [1.5, -2.0]


def test_a_short_repeated_field_repeats_its_last_element():
    assert decode_tensor(tensor(1, (2, 2), float_val=[1.0, 2.0])).tolist() == [[1, 2], [2, 2]]


def test_text_becomes_bytes_in_any_shape():
    array = np.array([["a", "é"], ["", "\0z"]], object)

    back = decode_tensor(encode_tensor(array))

    assert back.tolist() == [[b"a", "é".encode()], [b"", b"\0z"]]


def test_big_endian_and_strided_arrays_are_written_in_order():
    array = np.arange(12, dtype=">f4").reshape(3, 4)[::2, ::-1]

    back = decode_tensor(encode_tensor(array))

    assert back.dtype == np.dtype("<f4")
    np.testing.assert_array_equal(back, array)


def test_decoded_numbers_are_a_view_that_cannot_be_written():
    assert not decode_tensor(encode_tensor(np.ones(3, np.float32))).flags.writeable


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (
            tensor(1, (2, 3), tensor_content=b"1234"),
            r"shape \[2, 3\] of float32 takes 24 bytes.* 4$",
        ),
        (tensor(1, (2,), float_val=[1, 2, 3]), r"shape \[2\] of float32 takes 2 elements.* 3$"),
        (tensor(1, (2,)), r"takes 2 elements; received 0"),
        (tensor(7, (2,)), r"shape \[2\] of string takes 2 elements; received 0"),
        (tensor(1, (1 << 40,), float_val=[0]), r"takes 1099511627776 elements; received 1"),
        (tensor(1, (-1,), float_val=[0]), r"shape must be known; received \[-1\]"),
        (tensor(14, (1,), half_val=[0]), r"dtype 14 is not one that is read"),
        (tensor(0, ()), r"dtype 0 is not one"),
        (tensor(4, (1,), int_val=[256]), r"an element of int_val does not fit uint8"),
        (tensor(19, (1,), half_val=[-1]), r"an element of half_val does not fit float16"),
    ],
)
def test_a_tensor_that_is_not_what_its_header_says_is_refused(message, error):
    with pytest.raises(WireError, match="output 'logit': .*" + error):
        decode_tensor(message, "output 'logit'")


def test_an_unknown_rank_is_refused():
    message = tensor(1, (), float_val=[1])
    message.tensor_shape.unknown_rank = True
    with pytest.raises(WireError, match="shape must be known"):
        decode_tensor(message)


@pytest.mark.parametrize("array", [np.zeros(1, complex), np.zeros(1, "M8[s]"), np.zeros(1, "V3")])
def test_a_dtype_that_the_wire_has_not_is_refused(array):
    with pytest.raises(WireError, match="the wire has no dtype"):
        encode_tensor(array)


def test_an_object_array_of_numbers_is_refused():
    with pytest.raises(WireError, match="hold str or bytes; received int"):
        encode_tensor(np.array([1], object))


@pytest.mark.parametrize("shape", [(2**62, 0, 2**62), (2**57, 0), (1,) * 33, (2**40, 39, 16)])
def test_a_shape_that_no_array_can_have_is_refused_without_memory(shape):
    fields = {} if 0 in shape else {"float_val": [1.0]}
    with pytest.raises(WireError, match="x: "):
        decode_tensor(tensor(1, shape, **fields), "x")
