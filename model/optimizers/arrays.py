"""The few array functions that a pure step needs, for NumPy arrays and for TensorFlow tensors."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf

NUMPY = SimpleNamespace(
    abs=np.abs, maximum=np.maximum, sign=np.sign, sqrt=np.sqrt, sum=np.sum, where=np.where
)
TENSORFLOW = SimpleNamespace(
    abs=tf.abs, maximum=tf.maximum, sign=tf.sign, sqrt=tf.sqrt, sum=tf.reduce_sum, where=tf.where
)


def functions_for(array: Any) -> SimpleNamespace:
    """Return the functions for this kind of array."""
    return NUMPY if isinstance(array, np.ndarray | np.generic) else TENSORFLOW
