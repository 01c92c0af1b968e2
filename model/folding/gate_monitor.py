"""How far the gates of a served network are at their bounds."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.folding.factors import Tensor
from model.folding.folded_network import FoldedNetwork

SAMPLE_ROWS = 4096
QUANTILES = (0.005, 0.995)
_SLACK = 1e-5

Rows = npt.NDArray[np.float32]


class GateMonitor(tf.Module):
    """Measures the share of each gate's outputs that are at their bounds.

        saturation_l = mean_k [g_lk < low_lk or g_lk > high_lk],  g_l = h C_l + c_l

    A gate before a sigmoid (DynInt-DA) has bounds of its own: where the sigmoid is within 0.05 of 0
    or 1. A linear one (DGP, DWP) has none; its bounds are, output by output, the quantiles 0.5% and
    99.5% of a sample that stands for what the model was trained on. There the share is 0.01; where
    it is much more, the traffic moves the gates to where training never had them.

    Args:
        network: as it is served, with at least one gate.
        sample: embedding rows, ``(n, fields, dim)``.
    """

    def __init__(self, network: FoldedNetwork, sample: Rows) -> None:
        super().__init__(name="gates")
        self.network = network
        self._sample = [sample[:: max(1, -(-len(sample) // SAMPLE_ROWS))]]
        self.low, self.high = [], []
        outputs = network.gate_outputs(tf.constant(self._sample[0]))
        for found, bound in zip(outputs, network.gate_bounds(), strict=True):
            low, high = _bounds(found.numpy(), bound)
            self.low.append(tf.Variable(low, trainable=False, name="low"))
            self.high.append(tf.Variable(high, trainable=False, name="high"))

    @classmethod
    def of(cls, network: Any, sample: Rows) -> Self | None:
        """Watch a network's gates, if it has any."""
        if isinstance(network, FoldedNetwork) and network.gated:
            return cls(network, sample)
        return None

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Measure one batch: ``(batch, fields, dim)`` to ``(batch, gates)`` float32."""
        outputs = self.network.gate_outputs(embeddings)
        shares = [
            tf.reduce_mean(tf.cast((found < low) | (found > high), tf.float32), axis=1)
            for found, low, high in zip(outputs, self.low, self.high, strict=True)
        ]
        return tf.stack(shares, axis=1)

    def report(self, golden: Rows) -> list[dict[str, Any]]:
        """Describe the gates for a manifest.

        Args:
            golden: the golden batch's embedding rows, ``(n, fields, dim)``.

        Returns:
            Per gate: the layer's number in the trained network, its kind, its outputs, the lowest
            and the highest of their bounds, its mean saturation in the sample and in the golden
            batch.
        """
        sample, proof = (self(tf.constant(rows)).numpy() for rows in (self._sample[0], golden))
        kinds = ["linear" if bound is None else "sigmoid" for bound in self.network.gate_bounds()]
        return [
            {
                "layer": layer,
                "kind": kinds[place],
                "outputs": int(self.low[place].shape[0]),
                "low": float(self.low[place].numpy().min()),
                "high": float(self.high[place].numpy().max()),
                "sample": float(sample[:, place].mean()),
                "golden": float(proof[:, place].mean()),
            }
            for place, layer in enumerate(self.network.gated)
        ]


def _bounds(outputs: Rows, bound: float | None) -> tuple[Rows, Rows]:
    """Return each output's bounds, ``(outputs,)``; an output that never moves is never outside."""
    if bound is not None:
        high = np.full(outputs.shape[1], bound, np.float32)
        return -high, high
    low, high = np.quantile(outputs, QUANTILES, axis=0).astype(np.float32)
    return low - _SLACK * np.maximum(1, abs(low)), high + _SLACK * np.maximum(1, abs(high))
