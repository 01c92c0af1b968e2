"""The error that a caller of the model server gets."""

import grpc

from model.errors import DynIntError


class ServingError(DynIntError):
    """A call or a load that failed, with the gRPC status and the text that TF Serving gives.

    Args:
        code: the status.
        message: its text.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def status_number(code: grpc.StatusCode) -> int:
    """Return a status as the integer that messages carry (google.rpc.Code)."""
    return int(code.value[0])


def status_code(number: int) -> grpc.StatusCode:
    """Return the status of an integer; UNKNOWN if it is none."""
    for code in grpc.StatusCode:
        if status_number(code) == number:
            return code
    return grpc.StatusCode.UNKNOWN
