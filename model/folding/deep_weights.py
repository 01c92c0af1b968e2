"""The weights of a deep part beside the interactions, as plain arrays."""

from dataclasses import dataclass, replace

from model.folding.gate import Array, Places


@dataclass(frozen=True, eq=False)
class DeepWeights:
    """``t = relu(... relu(flat kernel_1 + bias_1) ...)``, and how it joins the interactions.

    Attributes:
        kernels, biases: of each layer, normalisation folded in: ``(inputs, units)``, ``(units,)``.
        head: ``v``, ``(units,)``.
        gate: ``u`` and ``c`` of a gated fusion, ``(units,)`` and a number.
        bilinear: ``M`` of a bilinear fusion, ``(units, N)``, in natural row order.
    """

    kernels: tuple[Array, ...]
    biases: tuple[Array, ...]
    head: Array
    gate: tuple[Array, float] | None = None
    bilinear: Array | None = None

    def reordered(self, rows: Places, inputs: Places) -> "DeepWeights":
        """Take the map's rows, and the embeddings side by side, in another order."""
        bilinear = None if self.bilinear is None else self.bilinear[:, rows]
        kernels = (self.kernels[0][inputs], *self.kernels[1:])
        return replace(self, kernels=kernels, bilinear=bilinear)
