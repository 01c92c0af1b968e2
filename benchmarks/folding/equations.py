"""The networks as the paper writes them, with a trained network's weights."""

from typing import Any

from keras import ops


def equations(network: Any, embeddings: Any) -> Any:
    """Compute the logits on maps of ``(batch, rows, width)``, equation by equation.

    Args:
        network: an interaction network of the zoo.
        embeddings: ``(batch, fields, dim)``.

    Returns:
        Logits ``(batch,)``, the network's own up to rounding.
    """
    fields, h = network.fields, network.crossing.subspaces
    width = network.row_width // h
    cut = ops.reshape(embeddings, (-1, fields, h, width))
    x0 = ops.reshape(ops.transpose(cut, (0, 2, 1, 3)), (-1, h * fields, width))
    x = x0
    for layer in network.interactions:
        x = x * _mix(layer, x0, embeddings) + x
    weighted = ops.einsum("n,bnc->bc", network.output_layer.kernel, x)  # (batch, width)
    return ops.sum(weighted + network.output_layer.bias, axis=1)


def _mix(layer: Any, x0: Any, embeddings: Any) -> Any:
    kind = type(layer).__name__
    if kind == "PolynomialInteraction":  # eq. 3
        return ops.einsum("nm,bmc->bnc", layer.kernel, x0)
    gate = layer.gate(embeddings)
    if kind == "DynamicActivation":  # eq. 4
        mixed = ops.einsum("nm,bmc->bnc", layer.kernel, x0)
        return mixed * (2.0 * ops.sigmoid(gate))[:, :, None]
    if kind == "DynamicGeneratedParameters":  # eq. 8
        low = ops.einsum("nk,bnc->bkc", layer.V, x0) * gate[:, :, None]
        return ops.einsum("nk,bkc->bnc", layer.U, low)
    weights = ops.reshape(gate + layer.offset, (-1, 2, layer.latent_rank, x0.shape[1]))
    u, v = weights[:, 0, :, :, None], weights[:, 1, :, :, None]  # (batch, K, rows, 1)
    mixed = ops.einsum("nm,bkmc->bknc", layer.kernel, v * x0[:, None])  # eq. 10
    return ops.sum(u * mixed, axis=1)
