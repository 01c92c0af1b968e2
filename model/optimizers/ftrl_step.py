"""One step of FTRL-Proximal, per coordinate."""

from typing import Any

from model.optimizers.arrays import functions_for


def ftrl_step(
    w: Any,
    z: Any,
    n: Any,
    g: Any,
    alpha: float,
    beta: float,
    lambda1: float,
    lambda2: float,
) -> tuple[Any, Any, Any]:
    """Step every coordinate.

        n' = n + g^2
        z' = z + g - w (sqrt(n') - sqrt(n)) / alpha
        w' = 0                                                                   if |z'| <= lambda1
        w' = -(z' - sign(z') lambda1) / ((beta + sqrt(n')) / alpha + lambda2)    otherwise

    McMahan et al., Ad Click Prediction (KDD 2013), algorithm 1. (``lambda2`` once: Keras' FTRL
    takes it twice.)

    Args:
        w: weights.
        z: linear terms, of the same shape.
        n: sums of squared gradients, of the same shape.
        g: gradients of the batch's summed loss, of the same shape.
        alpha: step size.
        beta: keeps the first steps small; it or ``lambda2`` is positive, or 0 is divided by 0.
        lambda1: weight of the L1 penalty.
        lambda2: weight of the L2 penalty.

    Returns:
        ``w', z', n'``.
    """
    xp = functions_for(w)
    new_n = n + g * g
    root = xp.sqrt(new_n)
    new_z = z + g - w * ((root - xp.sqrt(n)) / alpha)
    shrunk = xp.sign(new_z) * xp.maximum(xp.abs(new_z) - lambda1, 0.0)
    return -shrunk / ((beta + root) / alpha + lambda2), new_z, new_n
