"""Wait until model servers have loaded a version."""

import re
import time
from collections.abc import Callable, Sequence

import grpc

from model.errors import CheckFailedError, InvalidInputError
from model.wire import (
    MODEL_STATUS_METHOD,
    VersionState,
    WireError,
    decode_model_status,
    encode_model_status,
)

_GRPC = "grpc://"
_TARGET = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})", re.ASCII)
_CALL_S = 2.0
_PAUSE_S = 0.1


def scorer_targets(scorer: str) -> tuple[str, ...]:
    """Split ``grpc://host:port[,host:port]``.

    Raises:
        InvalidInputError: if it has another form.
    """
    targets = tuple(scorer.removeprefix(_GRPC).split(","))
    found = [_TARGET.fullmatch(target) for target in targets]
    if not scorer.startswith(_GRPC) or not all(
        match and 1 <= int(match[2]) <= 65535 for match in found
    ):
        raise InvalidInputError(
            f"--scorer: must be grpc://host:port[,host:port]; received {scorer[:80]!r}"
        )
    return targets


def wait_available(
    targets: Sequence[str],
    model: str,
    version: int,
    wait_s: float,
    tell: Callable[[str], None] = lambda text: None,
) -> float:
    """Ask every model server for the version's state (GetModelStatus) until each says AVAILABLE.

    Args:
        targets: ``host:port`` of each.
        model: its name there.
        version: its number.
        wait_s: longest time for all of them, in seconds.
        tell: is told of each that has it.

    Returns:
        How long it took, in seconds.

    Raises:
        CheckFailedError: naming those that do not have it in time, and what they said last.
    """
    begun = time.monotonic()
    missing = dict.fromkeys(targets, "nothing yet")
    channels = {target: grpc.insecure_channel(target) for target in targets}
    try:
        while True:
            for target in list(missing):
                missing[target] = _state(channels[target], model, version)
                if missing[target] == VersionState.AVAILABLE.name:
                    del missing[target]
                    tell(f"{target}: version {version} is AVAILABLE")
            waited = time.monotonic() - begun
            if not missing:
                return waited
            if waited >= wait_s:
                said = "; ".join(f"{target}: {state}" for target, state in missing.items())
                raise CheckFailedError(
                    f"--scorer: must say within {wait_s:g} s that version {version} of {model!r} is "
                    f"AVAILABLE; received {said}"
                )
            time.sleep(_PAUSE_S)
    finally:
        for channel in channels.values():
            channel.close()


def _state(channel: grpc.Channel, model: str, version: int) -> str:
    """Ask once; returns the state, or what is in the way."""
    request = encode_model_status(model, version=version).SerializeToString()
    try:
        (status,) = decode_model_status(
            channel.unary_unary(MODEL_STATUS_METHOD, None, None)(request, timeout=_CALL_S)
        )
    except grpc.RpcError as error:
        return f"{error.code().name}: {error.details()}"
    except (WireError, ValueError) as error:
        return f"no such answer: {error}"
    return f"{status.state.name}{f' ({status.error_message})' if status.error_message else ''}"
