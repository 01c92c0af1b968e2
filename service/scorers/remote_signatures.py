"""Which signature of a SavedModel is asked for what, and in which numbers."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from model.bundle import GATE_SIGNATURE, Bundle
from model.errors import BundleError
from model.wire import HALF_ERROR, HALF_LIMIT, RANK_HALF, SERVING_HALF
from service.errors import ScorerRefusedError
from service.scorers.remote_request import Floats, RemoteRequest

Dtype = Literal["float32", "float16"]

_SERVING, _RANK = "serving_default", "rank"


@dataclass(frozen=True, slots=True)
class RemoteSignatures:
    """Builds the requests of one version.

    Attributes:
        model: the model's name there.
        version: the version's number.
        offered: names of its signatures.
        half: whether requests carry float16; golden logits are asked for in float32 all the same.
        gates: how many gates can be measured.
    """

    model: str
    version: int
    offered: tuple[str, ...]
    half: bool
    gates: int = 0

    @classmethod
    def of(cls, bundle: Bundle, model: str, dtype: Dtype) -> Self:
        """Choose the signatures of a bundle.

        Raises:
            BundleError: if float16 is asked for and the bundle does not offer it, or its error is
                too large.
        """
        offered = bundle.manifest.signatures
        if dtype == "float16":
            wanted = {SERVING_HALF} | ({RANK_HALF} if _RANK in offered else set())
            if not wanted <= set(offered):
                raise BundleError(
                    f"{bundle.path}: must offer {', '.join(sorted(wanted))} for "
                    f"DYNINT_REMOTE_DTYPE=float16; it offers {', '.join(offered)}. Export it "
                    "again, or set float32"
                )
            error = bundle.manifest.certificate.get(HALF_ERROR)
            if not isinstance(error, float) or not error <= HALF_LIMIT:
                raise BundleError(
                    f"{bundle.path}: {HALF_ERROR} must be at most {HALF_LIMIT:g} for "
                    f"DYNINT_REMOTE_DTYPE=float16; its manifest says {error}. Set float32"
                )
        gates = len(bundle.manifest.gated_layers)
        return cls(model, bundle.version, offered, dtype == "float16", gates)

    def score(self, x0: Floats) -> RemoteRequest:
        """Ask for the probabilities of rows, ``(rows, fields, width)``."""
        signature = SERVING_HALF if self.half else _SERVING
        return self._request(signature, "probability", embeddings=self._cast(x0))

    def logits(self, x0: Floats) -> RemoteRequest:
        """Ask for the logits of rows, in float32."""
        return self._request(_SERVING, "logit", embeddings=x0)

    def saturation(self, x0: Floats) -> RemoteRequest:
        """Ask how far the gates are at their bounds, in float32.

        Raises:
            ScorerRefusedError: if the bundle does not offer it.
        """
        if not self.gates:
            raise ScorerRefusedError("gates: the bundle must offer them; it does not")
        inputs = {"embeddings": x0}
        return RemoteRequest.make(
            self.model, self.version, GATE_SIGNATURE, inputs, "saturation", self.gates
        )

    def rank(self, context: Floats, candidates: Floats) -> RemoteRequest:
        """Ask for the probabilities of candidates in one context.

        Raises:
            ScorerRefusedError: if the bundle does not offer it.
        """
        if _RANK not in self.offered:
            raise ScorerRefusedError(
                f"rank: the bundle must offer it; it offers {', '.join(self.offered)}"
            )
        signature = RANK_HALF if self.half else _RANK
        return self._request(
            signature,
            "probability",
            context=self._cast(context),
            candidates=self._cast(candidates),
        )

    def _request(
        self, signature: str, output: str, **inputs: NDArray[np.floating]
    ) -> RemoteRequest:
        return RemoteRequest.make(self.model, self.version, signature, inputs, output)

    def _cast(self, rows: Floats) -> NDArray[np.floating]:
        if not self.half:
            return rows
        with np.errstate(over="ignore"):  # infinities give NaN, which is never let out
            return rows.astype(np.float16)
