"""FTRL-Proximal for whole variables."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers.ftrl_step import ftrl_step
from model.optimizers.hyper_parameters import check_fixed_rate, check_ftrl

ZInit = Literal["zero", "consistent"]


class Ftrl:
    """FTRL-Proximal with L1 per coordinate: slots ``z`` and ``n`` per variable.

    Args:
        alpha, beta, lambda1, lambda2: as ``ftrl_step``.
        z_init: ``"consistent"``: the ``z`` for which the update rule returns the initial weights;
            or ``"zero"``, with which the first step forgets most of them.

    Raises:
        InvalidInputError: for a hyper-parameter outside its rule.
    """

    def __init__(
        self,
        alpha: float = 0.05,
        beta: float = 1.0,
        lambda1: float = 0.0,
        lambda2: float = 0.0,
        z_init: ZInit = "consistent",
    ) -> None:
        check_ftrl(alpha, beta, lambda1, lambda2)
        if z_init not in {"zero", "consistent"}:
            raise InvalidInputError(f"z_init: must be 'zero' or 'consistent'; received {z_init!r}")
        self.alpha = alpha
        self.beta = beta
        self.lambda1 = lambda1
        self.lambda2 = lambda2
        self.z_init = z_init
        self._slots: dict[str, Any] = {}

    def scale_rate(self, scale: float) -> None:
        """Check that nothing is to be scaled: the weights follow from ``z``, ``n`` and ``alpha``."""
        check_fixed_rate(scale)

    def apply(self, variables: Sequence[Any], gradients: Sequence[Any]) -> None:
        """Step variables by the gradients of the batch's summed loss.

        Slots are made at the first call for a variable (in tf.function, when it is traced).
        """
        for variable, g in zip(variables, gradients, strict=True):
            z, n = self._slots_of(variable)
            w = tf.convert_to_tensor(variable)
            new = ftrl_step(w, z, n, g, self.alpha, self.beta, self.lambda1, self.lambda2)
            for target, value in zip((variable, z, n), new, strict=True):
                target.assign(value)

    def start(self, weights: np.ndarray) -> np.ndarray:
        """Return the first ``z`` of weights."""
        if self.z_init == "zero":
            return np.zeros_like(weights)
        pull = self.beta / self.alpha + self.lambda2
        return -weights * pull - np.sign(weights) * self.lambda1

    def adopt(self, variables: Sequence[Any]) -> None:
        """Choose the ``z`` for which the update rule returns the variables.

            z = -w ((beta + sqrt(n)) / alpha + lambda2) - sign(w) lambda1

        A weight that is zero keeps its ``z``, within ``lambda1``. One that was never stepped starts
        anew.
        """
        for variable in variables:
            z, n = (slot.numpy() for slot in self._slots_of(variable))
            w = np.asarray(variable)
            away = -w * ((self.beta + np.sqrt(n)) / self.alpha + self.lambda2)
            away -= np.sign(w) * self.lambda1
            adopted = np.where(w != 0, away, np.clip(z, -self.lambda1, self.lambda1))
            adopted = np.where(n > 0, adopted, self.start(w)).astype(w.dtype)
            self.restore({f"{variable.path}/z": adopted})

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of the slots, by the variable's path and the slot's name."""
        return {name: slot.numpy() for name, slot in self._slots.items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what ``state`` returned, before or after the first step."""
        for name, value in state.items():
            if name in self._slots:
                self._slots[name].assign(value)
            else:
                self._slots[name] = tf.Variable(value, trainable=False)

    def _slots_of(self, variable: Any) -> tuple[Any, Any]:
        names = f"{variable.path}/z", f"{variable.path}/n"
        if names[0] not in self._slots:
            with tf.init_scope():
                weights = np.asarray(variable)
                self.restore({names[0]: self.start(weights), names[1]: np.zeros_like(weights)})
        return self._slots[names[0]], self._slots[names[1]]
