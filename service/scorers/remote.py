"""The scorer in model servers: TF Serving's gRPC, without TensorFlow."""

import asyncio
from collections.abc import Callable

import grpc
import structlog

from model.bundle import Bundle, versions
from model.wire import VersionState, WireError
from service.scorers.remote_proof import RemoteProof
from service.scorers.remote_replica import RemoteReplica
from service.scorers.remote_retry_budget import RetryBudget
from service.scorers.remote_signatures import Dtype, RemoteSignatures
from service.scorers.remote_target import RemoteTarget
from service.scorers.remote_version import RemoteVersion

_log = structlog.get_logger()
_STATUS_TIMEOUT_S = 0.5


class RemoteScorer:
    """Scores in one or several model servers that serve the same versions.

    Args:
        targets: ``host:port`` of each.
        model: the model's name there.
        dtype: numbers on the wire.
        count_retry: told the outcome of each retry, ``sent`` or ``no_budget``.
    """

    name = "remote"

    def __init__(
        self,
        targets: tuple[str, ...],
        model: str,
        dtype: Dtype = "float32",
        count_retry: Callable[[str], None] = lambda outcome: None,
    ) -> None:
        self._addresses = targets
        self._model = model
        self._dtype = dtype
        self._count_retry = count_retry
        self._targets: list[RemoteTarget] = []
        self._budget = RetryBudget()
        self._prepared: tuple[str, RemoteProof] | None = None

    async def start(self) -> None:
        """Make the channels; they connect when they are used."""
        self._targets = [RemoteTarget(address) for address in self._addresses]

    async def open(self, bundle: Bundle) -> RemoteVersion:
        """Make a version ready: it must be served already, nobody waits for it.

        One model server has scored the golden batch then; each of the others takes traffic once it
        has, too.

        Raises:
            BundleError: if the bundle does not offer what the wire's dtype needs.
            ScorerUnavailableError: if no server serves it now.
            CheckFailedError: if those that serve it score the golden batch wrong.
        """
        signatures = RemoteSignatures.of(bundle, self._model, self._dtype)
        proof = await self._proof(bundle, signatures)
        replicas = [
            RemoteReplica(target, self._model, bundle.version, proof) for target in self._targets
        ]
        version = RemoteVersion(replicas, signatures, self._budget, self._count_retry)
        proven = await version.admit()
        await self._warn_of_latest_only(bundle, proven.target)
        self._prepared = None
        return version

    async def close(self) -> None:
        """Close the channels."""
        await asyncio.gather(*(target.close() for target in self._targets))

    async def _proof(self, bundle: Bundle, signatures: RemoteSignatures) -> RemoteProof:
        """Prepare the proof, once: a version may be waited for."""
        if self._prepared is None or self._prepared[0] != bundle.manifest_digest:
            proof = await asyncio.to_thread(RemoteProof.make, bundle, signatures)
            self._prepared = bundle.manifest_digest, proof
        return self._prepared[1]

    async def _warn_of_latest_only(self, bundle: Bundle, target: RemoteTarget) -> None:
        """Warn if the server seems to keep the latest version only: the next export ends this one."""
        there = await asyncio.to_thread(versions, bundle.path.parent)
        try:
            states = await target.statuses(self._model, None, _STATUS_TIMEOUT_S)
        except (grpc.aio.AioRpcError, WireError):
            return
        served = [each.version for each in states if each.state == VersionState.AVAILABLE]
        if len(there) > 1 and served == [max(there)]:
            _log.warning(
                "scorer_serves_one_version",
                target=target.address,
                served=served[0],
                exported=there,
                text="if it keeps the latest only, it unloads the live version when another is "
                "exported: give it model_version_policy { all {} }, or name the versions",
            )
