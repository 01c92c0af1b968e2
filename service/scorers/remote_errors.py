"""What a model server's refusals mean for the caller of the gateway."""

import grpc

from service.errors import (
    DeadlineError,
    OverloadedError,
    ScorerRefusedError,
    ScorerUnavailableError,
    ServiceError,
    VersionGoneError,
)


def as_service_error(error: grpc.aio.AioRpcError, address: str) -> ServiceError:
    """Translate a failed call; the server's words and address become notes, for the log only.

    Raise it without giving it a name: a frame that names what it raises holds the call, and with it
    the call's connection, until the next collection of garbage.
    """
    translated = _translate(error.code())
    translated.add_note(f"{error.code().name}: {error.details()}")
    translated.add_note(f"from {address}")
    return translated


def _translate(code: grpc.StatusCode) -> ServiceError:
    match code:
        case grpc.StatusCode.NOT_FOUND:
            return VersionGoneError("scorer: must serve the live version; it does not know it")
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            # We cancel no call that we still wait for: a server does, when it ends.
            return ScorerUnavailableError("scorer: must be reachable; it is not. Try again")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineError("scorer: must answer before the request's deadline; it did not")
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return OverloadedError("scorer: must have capacity; it has none left. Try again")
        case _:
            return ScorerRefusedError(f"scorer: must accept the request; received {code.name}")
