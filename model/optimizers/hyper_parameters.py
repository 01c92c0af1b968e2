"""Checks of the optimizers' hyper-parameters."""

import math

from model.errors import InvalidInputError


def check_ftrl(alpha: float, beta: float, lambda1: float, lambda2: float) -> None:
    """Check the four of FTRL and G-FTRL.

    Raises:
        InvalidInputError: naming the one that breaks its rule.
    """
    check_positive("alpha", alpha)
    for name, value in {"beta": beta, "lambda1": lambda1, "lambda2": lambda2}.items():
        if not (value >= 0 and math.isfinite(value)):
            raise InvalidInputError(f"{name}: must be finite and not negative; received {value}")
    if beta == lambda2 == 0:
        raise InvalidInputError("beta: must be positive when lambda2 is 0; received 0")


def check_positive(name: str, value: float) -> None:
    """Check one value that is finite and above 0.

    Raises:
        InvalidInputError: naming it, if it is not.
    """
    if not (value > 0 and math.isfinite(value)):
        raise InvalidInputError(f"{name}: must be finite and positive; received {value}")


def check_fixed_rate(scale: float) -> None:
    """Refuse to scale the step size of an optimizer whose weights follow from it: FTRL and G-FTRL.

    Raises:
        InvalidInputError: if ``scale`` is not 1.
    """
    if scale != 1.0:
        raise InvalidInputError(f"scale: must be 1 for FTRL and G-FTRL; received {scale}")


def check_decay(name: str, value: float) -> None:
    """Check one decay rate, from 0 to below 1.

    Raises:
        InvalidInputError: naming it, if it is not.
    """
    if not 0 <= value < 1:
        raise InvalidInputError(f"{name}: must be from 0 to below 1; received {value}")
