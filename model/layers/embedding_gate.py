"""The feature embedding gate of GateNet."""

from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.initializers import one_each

EMBEDDING_GATES = ("vector", "bit")
"""What a gate is one value of: a whole embedding, or one element of it."""


class EmbeddingGate(keras.layers.Layer):
    """Scale each field's embedding by a gate that looks at this embedding.

        ge_f = e_f * sigmoid(W_f e_f)          GateNet (Huang et al., arXiv 2007.03519, 2020)

    A vector-wise gate is one value per field, ``W_f`` is ``(1, D)``; a bit-wise one has a value for
    each element, ``W_f`` is ``(D, D)``. There is no bias.

    Args:
        kind: ``"vector"`` or ``"bit"``.
        field_sharing: whether all fields have the same ``W``; otherwise it is private to a field.
        kernel_initializer: of each ``W_f``.

    Call arguments:
        embeddings: ``(batch, fields, D)``.

    Returns:
        ``(batch, fields, D)``.

    Raises:
        InvalidInputError: for an unknown ``kind``.
    """

    def __init__(
        self,
        kind: str = "vector",
        field_sharing: bool = False,
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if kind not in EMBEDDING_GATES:
            raise InvalidInputError(f"kind: must be one of {EMBEDDING_GATES}; received {kind!r}")
        self.kind = kind
        self.field_sharing = field_sharing
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create each ``W_f``, transposed: ``(fields or 1, D, 1 or D)``."""
        _, fields, dim = embeddings_shape
        self.kernel = self.add_weight(
            shape=(1 if self.field_sharing else fields, dim, 1 if self.kind == "vector" else dim),
            initializer=self._one_by_one,
            name="kernel",
        )
        self.built = True

    def call(self, embeddings: Any) -> Any:
        """Gate one batch."""
        return embeddings * ops.sigmoid(self._products(embeddings))

    def _products(self, embeddings: Any) -> Any:
        if self.kind == "vector":
            return ops.sum(embeddings * self.kernel[:, :, 0], axis=2, keepdims=True)
        if self.field_sharing:
            fields, dim = embeddings.shape[1:]
            products = ops.matmul(ops.reshape(embeddings, (-1, dim)), self.kernel[0])
            return ops.reshape(products, (-1, fields, dim))
        return ops.einsum("bfd,fde->bfe", embeddings, self.kernel)

    def _one_by_one(self, shape: tuple[int, int, int], dtype: Any = None) -> Any:
        # Glorot's bound is that of one field's matrix, not of a convolution over fields.
        each = one_each(self.kernel_initializer, shape[0])
        return ops.stack([initializer(shape[1:], dtype) for initializer in each])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "kind": self.kind,
            "field_sharing": self.field_sharing,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
