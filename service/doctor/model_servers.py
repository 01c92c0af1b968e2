"""The model servers of a remote scorer; TensorFlow is never imported here."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from time import monotonic

import grpc
import numpy as np

from model.errors import CheckFailedError, DynIntError
from model.wire import VersionState, VersionStatus, WireError
from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped, warning
from service.scorers.remote_proof import RemoteProof
from service.scorers.remote_request import Floats, RemoteRequest
from service.scorers.remote_signatures import RemoteSignatures
from service.scorers.remote_target import RemoteTarget

_STATUS_S = 3.0
_PROOF_S = 10.0
_CALLS = 20
_CALLS_S = 5.0


def check_model_servers(case: Case) -> Iterator[Finding]:
    """Examine each target."""
    if not case.settings.scorer_targets:
        return
    proof: RemoteProof | None = None
    if case.live is not None:
        try:
            signatures = RemoteSignatures.of(
                case.live, case.settings.model_name, case.settings.remote_dtype
            )
            proof = RemoteProof.make(case.live, signatures)
        except DynIntError as error:
            yield failed(
                "scorer", str(error), "Export it again, or set DYNINT_REMOTE_DTYPE=float32"
            )

    async def examine(address: str) -> list[Finding]:
        target = RemoteTarget(address)
        try:
            return [each async for each in _examine(case, target, proof)]
        finally:
            await target.close()

    for address in case.settings.scorer_targets:
        yield from asyncio.run(examine(address))


async def _examine(
    case: Case, target: RemoteTarget, proof: RemoteProof | None
) -> AsyncIterator[Finding]:
    name, model = f"scorer {target.address}", case.settings.model_name
    try:
        states = await target.statuses(model, None, _STATUS_S)
    except grpc.aio.AioRpcError as error:
        yield _unreached(name, model, error)
        return
    except WireError as error:
        yield failed(name, f"answers what no model server would: {error}", "Is it TF Serving?")
        return
    yield ok(name, f"answers, and knows the model {model!r}")
    yield _served(case, target.address, states)
    check = f"golden batch {target.address}"
    if proof is None or case.live is None:
        yield skipped(check, "there is no live version that verifies")
        return
    available = any(
        each.version == case.live.version and each.state is VersionState.AVAILABLE
        for each in states
    )
    if not available:
        yield skipped(check, f"it does not serve version {case.live.version}")
        return
    async for finding in _prove(case, target, proof):
        yield finding


def _unreached(name: str, model: str, error: grpc.aio.AioRpcError) -> Finding:
    code = error.code()
    if code is grpc.StatusCode.NOT_FOUND:
        return failed(
            name,
            f"does not know the model {model!r}",
            "Give it the release root's model: --model_config_file=.../tf_serving.config, or "
            "dynint model-server --root ROOT --name NAME",
        )
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return failed(
            name,
            f"no answer in {_STATUS_S:g} s",
            "Does a firewall swallow the packets? Is it the gRPC port (TF Serving: 8500, not 8501)?",
        )
    return failed(
        name,
        f"cannot be asked: {code.name}",
        "Is it up, are host and port in DYNINT_SCORER right, is it the gRPC port?",
    )


def _served(case: Case, address: str, states: tuple[VersionStatus, ...]) -> Finding:
    check = f"served versions {address}"
    served = {each.version for each in states if each.state is VersionState.AVAILABLE}
    others = [f"{each.version} {each.state.name}" for each in states if each.version not in served]
    found = f"AVAILABLE: {', '.join(map(str, sorted(served))) or 'none'}" + (
        f"; {', '.join(others)}" if others else ""
    )
    if case.pointer is None:
        return skipped(check, f"{found}; the pointer names none")
    pointer = case.pointer
    reload = (
        "Point its --model_config_file at tf_serving.config with "
        "--model_config_file_poll_wait_seconds=1; its log says why a version does not load"
    )
    if int(pointer.current) not in served:
        return failed(check, f"{found}; version {pointer.current} is live", reload)
    if pointer.canary is not None and int(pointer.canary.version) not in served:
        return failed(check, f"{found}; version {pointer.canary.version} is on trial", reload)
    if pointer.previous is not None and int(pointer.previous) not in served:
        return warning(
            check,
            f"{found}; a rollback to version {pointer.previous} would wait until it is loaded",
            reload,
        )
    return ok(check, found)


async def _prove(case: Case, target: RemoteTarget, proof: RemoteProof) -> AsyncIterator[Finding]:
    check = f"golden batch {target.address}"

    async def call(request: RemoteRequest) -> Floats:
        return request.read(await target.predict(request.content, _PROOF_S))

    try:
        worst = await proof.check(call)
    except CheckFailedError as error:
        yield failed(
            check,
            str(error),
            "It must not take traffic: are its files those of this release root? dynint verify says",
        )
        return
    except (grpc.aio.AioRpcError, DynIntError) as error:
        found = error.code().name if isinstance(error, grpc.aio.AioRpcError) else str(error)
        yield failed(check, f"is not scored: {found}", "Look at its log")
        return
    rows = len(proof.golden.instances)
    yield ok(check, f"{rows} rows scored as trained; worst difference {worst:.1e}")
    times: list[float] = []
    end = monotonic() + _CALLS_S
    while len(times) < _CALLS and monotonic() < end:
        began = monotonic()
        try:
            await call(proof.half or proof.exact)
        except (grpc.aio.AioRpcError, DynIntError):
            break
        times.append((monotonic() - began) * 1e3)
    yield round_trip(f"round trip {target.address}", times, rows, case)


def round_trip(check: str, times: list[float], rows: int, case: Case) -> Finding:
    """Judge how long calls took, in milliseconds, beside a request's deadline."""
    if not times:
        return failed(check, "calls after the first failed", "Look at the scorer's log")
    deadline = case.settings.request_timeout_ms
    p50, most = float(np.median(times)), max(times)
    found = f"{p50:.2f} ms median, {most:.2f} ms at most, {len(times)} calls of {rows} rows"
    figures = {"p50_ms": round(p50, 3), "most_ms": round(most, 3), "rows": rows}
    if p50 >= deadline:
        do = f"Every request would get 504: DYNINT_REQUEST_TIMEOUT_MS is {deadline}"
        return failed(check, found, do, **figures)
    if p50 >= deadline / 2:
        do = f"Near to DYNINT_REQUEST_TIMEOUT_MS ({deadline}): a nearer or larger machine, or more"
        return warning(check, found, do, **figures)
    return ok(check, found, **figures)
