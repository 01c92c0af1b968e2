"""The embedding table inside the graph, for callers who use TensorFlow Serving alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.bundle import EmbeddingTable
from model.features import FeatureSpec, FieldEncoder

_SIGN = np.uint64(1 << 63)


def plain_tokens(
    spec: FeatureSpec, instances: Sequence[Mapping[str, object]]
) -> npt.NDArray[np.object_]:
    """Make the tokens that ``predict_tokens`` takes: not yet in buckets, missing ones empty.

    The graph hashes, so it also puts the tokens of a field with ``hash_buckets`` into them.

    Raises:
        FieldTypeError: if a field does not accept a value.
    """
    fields = [FieldEncoder(replace(field, hash_buckets=None)) for field in spec.fields]
    tokens = [
        [field.token(instance.get(field.field.name)) for field in fields] for instance in instances
    ]
    return np.array(tokens, dtype=object).reshape(-1, len(fields))


class TokenLookup(tf.Module):
    """Tokens to embedding rows in graph: join, hash, find, gather.

    A field's token is hashed as ``field=token`` by ``tf.fingerprint`` (FarmHash ``Fingerprint64``),
    as ``model.features.fingerprint`` does. Fingerprints are kept as int64 with the sign bit
    flipped, which orders them as the unsigned numbers they are.
    """

    def __init__(self, spec: FeatureSpec, table: EmbeddingTable) -> None:
        super().__init__(name="tokens")
        kept, fields = len(table.rows), len(spec.fields)
        rows = np.concatenate([table.rows, np.zeros((1, table.width), np.float32), table.oov])
        self._names = spec.names
        self._buckets = [field.hash_buckets for field in spec.fields]
        self._fields = fields
        self._first_oov = kept + 1
        self._levels = len(table.fingerprints)
        ordered = (table.fingerprints ^ _SIGN).view(np.int64)
        places = np.where(table.index < 0, kept, table.index)
        self.fingerprints = tf.Variable(ordered, trainable=False, name="fingerprints")
        self.places = tf.Variable(places, trainable=False, dtype=tf.int32, name="places")
        self.rows = tf.Variable(rows, trainable=False, name="rows")

    def __call__(self, tokens: Any) -> Any:
        """Look up ``(batch, fields)`` strings: ``(batch, fields, width)``."""
        unseen = self._first_oov + tf.range(self._fields)
        if not self._levels:
            places = tf.zeros_like(tokens, tf.int32) + unseen
        else:
            wanted = self._fingerprints(tokens)
            place = tf.searchsorted(self.fingerprints[None], tf.reshape(wanted, (1, -1)))
            place = tf.reshape(tf.minimum(place, self._levels - 1), tf.shape(wanted))
            known = tf.equal(tf.gather(self.fingerprints, place), wanted)
            places = tf.where(known, tf.gather(self.places, place), unseen)
        return tf.gather(self.rows, places)

    def _fingerprints(self, tokens: Any) -> Any:
        """Hash ``field=token``, in buckets or not: ``(batch, fields)`` int64, sign bit flipped."""
        texts = tf.add(tf.constant([f"{name}=" for name in self._names]), tokens)
        if any(self._buckets):
            columns = tf.unstack(texts, self._fields, axis=1)
            for place, buckets in enumerate(self._buckets):
                if buckets:
                    column = columns[place]
                    bucket = tf.as_string(tf.strings.to_hash_bucket_fast(column, buckets))
                    hashed = tf.strings.join([f"{self._names[place]}=#", bucket])
                    missing = tf.equal(tokens[:, place], "")
                    columns[place] = tf.where(missing, column, hashed)
            texts = tf.stack(columns, axis=1)
        bits = tf.bitcast(tf.fingerprint(tf.reshape(texts, (-1,))), tf.int64)
        return tf.reshape(tf.bitwise.bitwise_xor(bits, tf.int64.min), tf.shape(texts))
