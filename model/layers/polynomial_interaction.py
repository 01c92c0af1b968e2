"""The static interaction layer of xDeepInt."""

from typing import Any

import keras

from model.layers.first_products import FirstProducts
from model.layers.row_mixer import RowMixer
from model.layers.rows import mix_rows, transposed


class PolynomialInteraction(RowMixer):
    """Multiply the current feature map by a learned mix of the input rows.

        X_l = X_{l-1} * (W X_0) + X_{l-1}          DynInt (DLP-KDD 2022), eq. 3

    ``*`` is elementwise and ``W`` has no bias, so a zero kernel is the identity and L layers reach
    order L + 1.

    Args:
        kernel_initializer: of ``W``, ``(rows, rows)``.
        rows_last: whether the maps come and go as ``(batch, width, rows)``.

    Call arguments, Returns, Raises:
        As ``RowMixer``: ``x`` and ``x0`` are ``(batch, rows, width)``, and so is ``X_l``.
    """

    def __init__(self, *, kernel_initializer: Any = "glorot_uniform", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build_factor(self, rows: int, width: int, embeddings_shape: Any) -> None:
        """Create ``W``."""
        self.kernel = self.add_weight(
            shape=(rows, rows), initializer=self.kernel_initializer, name="kernel"
        )

    def factor(self, x0: Any, embeddings: Any, first: FirstProducts, training: bool) -> Any:
        """Return ``W X_0 + 1``."""
        return mix_rows(x0, self.mixing_kernel(), 1.0)

    def mixing_kernel(self) -> Any:
        """Return ``W^T`` with its rows and columns in the order of the maps."""
        return transposed(self.in_order(self.in_order(self.kernel, 0), 1))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer)
        }
