"""What a model server must score as the trained network did before it takes traffic."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from model.bundle import Bundle, Golden
from model.errors import CheckFailedError
from model.features import Encoder
from model.wire import HALF_LIMIT
from service.scorers.remote_request import Floats, RemoteRequest
from service.scorers.remote_signatures import RemoteSignatures


@dataclass(frozen=True)
class RemoteProof:
    """A bundle's golden batch as embedding rows, serialised once for every model server.

    Attributes:
        golden: the references.
        exact: asks for the logits in float32; of a row of zeros if there is no golden batch.
        half: asks for the probabilities in float16, if requests will.
    """

    golden: Golden
    exact: RemoteRequest
    half: RemoteRequest | None

    @classmethod
    def make(cls, bundle: Bundle, signatures: RemoteSignatures) -> Self:
        """Turn the golden batch into rows; takes milliseconds, so not on the event loop.

        Raises:
            BundleError: if the golden batch cannot be read.
            FeatureError: if it does not fit the spec.
        """
        golden = bundle.golden()
        table = bundle.table
        x0: Floats = np.zeros((1, table.fields, table.width), np.float32)
        if golden.instances:
            fingerprints = Encoder(bundle.spec).fingerprint_rows(golden.instances)
            places = np.broadcast_to(np.arange(table.fields), fingerprints.shape).ravel()
            rows, _ = table.lookup(fingerprints.ravel(), places)
            x0 = np.ascontiguousarray(rows.reshape(-1, table.fields, table.width))
        half = signatures.score(x0) if signatures.half else None
        return cls(golden, signatures.logits(x0), half)

    async def check(self, call: Callable[[RemoteRequest], Awaitable[Floats]]) -> float:
        """Have the golden batch scored; returns the largest relative difference of its logits.

        Args:
            call: sends a request to the model server in question.

        Raises:
            CheckFailedError: if a score is another.
            ServiceError: whatever the call fails with.
        """
        logits = await call(self.exact)
        if not self.golden.instances:
            return 0.0
        worst = self.golden.compare(logits)
        if self.half is not None:
            reference = 1.0 / (1.0 + np.exp(-np.asarray(self.golden.logits)))
            difference = np.abs(await call(self.half) - reference).max()
            if not difference <= HALF_LIMIT:
                raise CheckFailedError(
                    f"golden.json: probabilities in float16 must agree within {HALF_LIMIT:g}; the "
                    f"worst differs by {difference:.3g}. Set DYNINT_REMOTE_DTYPE=float32"
                )
        return worst
