"""Layer normalisation of embeddings, field by field."""

from typing import Any

import keras
from keras import ops

EPSILON = 1e-5
"""Added to variances; MaskNet's paper divides by the bare deviation, which may be zero."""


class EmbeddingNormalization(keras.layers.Layer):
    """Normalise each field's embedding by its own mean and deviation.

        LN_EMB(X_0)_f = g_f * (e_f - mean(e_f)) / sqrt(var(e_f) + epsilon) + b_f

    MaskNet (DLP-KDD 2021), eq. 8 and 9. Gains ``g`` start at one and biases ``b`` at zero, both
    ``(fields, D)``.

    Call arguments:
        embeddings: ``(batch, fields, D)``.

    Returns:
        ``(batch, fields, D)``.
    """

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the gains and the biases."""
        shape = embeddings_shape[1:]
        self.gain = self.add_weight(shape=shape, initializer="ones", name="gain")
        self.bias = self.add_weight(shape=shape, initializer="zeros", name="bias")
        self.built = True

    def call(self, embeddings: Any) -> Any:
        """Normalise one batch."""
        centred = embeddings - ops.mean(embeddings, axis=2, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=2, keepdims=True)
        return centred * ops.rsqrt(variance + EPSILON) * self.gain + self.bias
