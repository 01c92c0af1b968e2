"""What the SavedModel offers: its signatures."""

from typing import Any

import tensorflow as tf

from model.bundle import GATE_SIGNATURE
from model.export.token_lookup import TokenLookup
from model.features import FeatureSpec
from model.folding import GateMonitor
from model.wire import RANK_HALF, SERVING_HALF

SERVING, RANK, TOKENS = "serving_default", "rank", "predict_tokens"


class ServedModel(tf.Module):
    """A folded network behind the signatures of a release.

    ``serving_default``: ``embeddings`` float32 ``(batch, fields, width)``. ``rank``: ``context``
    ``(1, context fields, width)`` and ``candidates`` ``(batch, candidate fields, width)``, each
    side's fields in the spec's order; only where both sides have fields. ``serving_half`` and
    ``rank_half``: the same with inputs in float16, half the bytes on the wire. ``predict_tokens``:
    ``tokens`` string ``(batch, fields)``; only with a lookup. Each gives ``probability`` and
    ``logit``, float32 ``(batch,)``. ``gates``: ``embeddings`` as ``serving_default``, gives
    ``saturation`` float32 ``(batch, gates)``; only with a monitor.

    Beside the signatures, for whoever loads it in Python: ``predict_few``, ``serving_default`` for
    batches that need not be cut into chunks.

    Args:
        network: what ``fold`` made, with the spec's sides.
        spec: the fields, in the order of the embeddings.
        tokens: the table in graph, if it is to be there.
        gates: watches the network's gates, if it has any.
    """

    def __init__(
        self,
        network: Any,
        spec: FeatureSpec,
        tokens: TokenLookup | None = None,
        gates: GateMonitor | None = None,
    ) -> None:
        super().__init__(name="served")
        self.network = network
        self.tokens = tokens
        self.gates = gates
        self._context = len(spec.positions("context"))
        self._candidate = len(spec.positions("candidate"))
        whole = tf.TensorSpec((None, network.fields, network.row_width), tf.float32, "embeddings")
        self.predict_few = tf.function(self._predict_few, [whole], autograph=False)

    def signatures(self) -> dict[str, Any]:
        """Trace the signatures, by name."""
        fields, width = self.network.fields, self.network.row_width

        def rows(name: str, batch: int | None, count: int, dtype: Any = tf.float32) -> Any:
            return tf.TensorSpec((batch, count, width), dtype, name=name)

        found = {}
        for key, dtype in ((SERVING, tf.float32), (SERVING_HALF, tf.float16)):
            found[key] = _concrete(self.predict, rows("embeddings", None, fields, dtype))
        for key, dtype in ((RANK, tf.float32), (RANK_HALF, tf.float16)):
            if self._context and self._candidate:
                found[key] = _concrete(
                    self.rank,
                    rows("context", 1, self._context, dtype),
                    rows("candidates", None, self._candidate, dtype),
                )
        if self.tokens is not None:
            tokens = tf.TensorSpec((None, fields), tf.string, name="tokens")
            found[TOKENS] = _concrete(self.predict_tokens, tokens)
        if self.gates is not None:
            found[GATE_SIGNATURE] = _concrete(self.saturation, rows("embeddings", None, fields))
        return found

    def predict(self, embeddings: Any) -> dict[str, Any]:
        """Score rows of embeddings; the arithmetic is in float32 whatever their dtype."""
        logit = self.network(tf.cast(embeddings, tf.float32))
        return {"probability": tf.sigmoid(logit), "logit": logit}

    def _predict_few(self, embeddings: Any) -> dict[str, Any]:
        logit = self.network.in_one_piece(embeddings)
        return {"probability": tf.sigmoid(logit), "logit": logit}

    def rank(self, context: Any, candidates: Any) -> dict[str, Any]:
        """Score candidates in one context; the arithmetic is in float32 whatever their dtype."""
        logit = self.network.rank(tf.cast(context, tf.float32), tf.cast(candidates, tf.float32))
        return {"probability": tf.sigmoid(logit), "logit": logit}

    def saturation(self, embeddings: Any) -> dict[str, Any]:
        """Measure the gates on rows of embeddings."""
        if self.gates is None:
            raise ValueError("gates: must be given to offer this signature; received none")
        return {"saturation": self.gates(embeddings)}

    def predict_tokens(self, tokens: Any) -> dict[str, Any]:
        """Score rows of tokens."""
        if self.tokens is None:
            raise ValueError("tokens: must be given to offer this signature; received none")
        return self.predict(self.tokens(tokens))


def _concrete(method: Any, *specs: Any) -> Any:
    return tf.function(method, autograph=False).get_concrete_function(*specs)
