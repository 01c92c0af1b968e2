"""What is known of one request, for those who tell of it after the answer."""

from service.prediction import Prediction
from service.stage_clock import StageClock

ACCOUNT = "dynint.account"
"""Key of a request's account in the ASGI scope."""


class Account:
    """Filled in while a request is answered.

    Args:
        traced: whether the clock keeps its laps.

    Attributes:
        caller: whose key it has; empty without keys.
        clock: of its stages, once its body is there.
        prediction: once it is scored.
    """

    __slots__ = ("caller", "clock", "prediction", "traced")

    def __init__(self, traced: bool = False) -> None:
        self.traced = traced
        self.caller = ""
        self.clock: StageClock | None = None
        self.prediction: Prediction | None = None
