"""GetModelStatus: which versions of a model a server knows, and in which state."""

from dataclasses import dataclass
from enum import IntEnum

from model.wire.model_service_pb2 import GetModelStatusRequest, GetModelStatusResponse
from model.wire.predict import model_spec, parse
from model.wire.wire_error import WireError


class VersionState(IntEnum):
    """Life of a version on a server, in its order."""

    UNKNOWN = 0
    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """State of one version; ``error_code`` is 0 unless it failed (a google.rpc.Code)."""

    version: int
    state: VersionState
    error_code: int = 0
    error_message: str = ""


def encode_model_status(
    model: str, *, version: int | None = None, label: str | None = None
) -> GetModelStatusRequest:
    """Ask for the state of one version of a model, or of all.

    Raises:
        WireError: if both ``version`` and ``label`` are given.
    """
    return GetModelStatusRequest(model_spec=model_spec(model, version, label))


def decode_model_status(
    response: GetModelStatusResponse | bytes | None,
) -> tuple[VersionStatus, ...]:
    """Read the states, highest version first.

    Raises:
        WireError: if the bytes are no such message or a state is none of ``VersionState``.
    """
    message = parse(GetModelStatusResponse, response)
    states = []
    for entry in message.model_version_status:
        try:
            state = VersionState(entry.state)
        except ValueError as error:
            raise WireError(f"state of version {entry.version}: received {entry.state}") from error
        states.append(
            VersionStatus(entry.version, state, entry.status.error_code, entry.status.error_message)
        )
    return tuple(sorted(states, key=lambda status: -status.version))
