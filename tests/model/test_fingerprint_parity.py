"""Fingerprints computed in Python are those TensorFlow computes in a graph, for any text."""

import os
import random

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.features import Field, FieldEncoder, fingerprint
from tests.unit.features.golden import golden_vectors
from tests.unit.features.strategies import NAMES, TEXTS


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def in_graph(texts):
    """Fingerprint as an exported model does: 8 bytes, bit-cast; ``(texts,)``."""
    return tf.bitcast(tf.fingerprint(texts, method="farmhash64"), tf.uint64)


def spelled(name, tokens):
    return tf.constant([f"{name}={token}".encode() for token in tokens])


@settings(deadline=None)
@given(NAMES, st.lists(TEXTS | st.text("\0\x01é🦊", max_size=80), min_size=1, max_size=200))
def test_any_text_has_the_same_fingerprint_in_python_and_in_graph(name, tokens):
    expected = in_graph(spelled(name, tokens)).numpy()
    encoder = FieldEncoder(Field(name, "categorical", "context"))
    assert [fingerprint(name, token) for token in tokens] == expected.tolist()
    np.testing.assert_array_equal(encoder.fingerprints(tokens), expected)


@settings(deadline=None)
@given(
    NAMES,
    st.lists(TEXTS.filter(bool), min_size=1, max_size=200),
    st.integers(2, 2**63 - 1) | st.integers(2, 100),
)
def test_hash_buckets_are_those_of_to_hash_bucket_fast(name, tokens, buckets):
    expected = tf.strings.to_hash_bucket_fast(spelled(name, tokens), buckets).numpy()
    encoder = FieldEncoder(Field(name, "categorical", "context", hash_buckets=buckets))
    assert [encoder.token(token) for token in tokens] == [f"#{bucket}" for bucket in expected]
    np.testing.assert_array_equal(
        encoder.fingerprints(tokens),
        in_graph(spelled(name, [f"#{bucket}" for bucket in expected])),
    )


def test_a_hundred_thousand_texts_of_every_length_and_script_agree():
    source = random.Random(7)
    scripts = [(0, 128), (0x80, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)]
    tokens = [
        "".join(chr(source.randrange(*source.choice(scripts))) for _ in range(place % 70))
        for place in range(100_000)
    ]
    encoder = FieldEncoder(Field("C1", "categorical", "context"))
    np.testing.assert_array_equal(encoder.fingerprints(tokens), in_graph(spelled("C1", tokens)))


def test_the_frozen_vectors_hold_in_graph():
    golden = golden_vectors()
    texts = tf.constant([f"{one.field.name}={one.token}".encode() for one in golden])
    assert in_graph(texts).numpy().tolist() == [one.fingerprint for one in golden]


@pytest.mark.parametrize("length", [*range(0, 70), 127, 128, 129, 4095, 4096, 4097, 1_000_000])
def test_every_length_at_which_the_hash_changes_its_way_agrees(length):
    token = "x" * length
    assert [fingerprint("C1", token)] == in_graph(spelled("C1", [token])).numpy().tolist()
