"""The rule of an average's decay."""

from model.errors import InvalidInputError


def check_decay(decay: float) -> None:
    """Check a decay.

    Raises:
        InvalidInputError: if it is not above 0 and below 1.
    """
    if not 0.0 < decay < 1.0:
        raise InvalidInputError(f"average_decay: must be above 0 and below 1; received {decay}")
