"""The colours of the plots."""

from collections.abc import Iterator
from itertools import cycle

import matplotlib as mpl
from matplotlib.colors import to_hex

MEAN = "#24292f"
START = "#9aa5b1"

_MODELS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's: also who does not see all colours can tell them apart."""


def distinct() -> Iterator[str]:
    """Yield colours for things without an order."""
    return cycle(_MODELS)


def ordered(number: int) -> list[str]:
    """Return colours for things with an order: from dark to light, without the lightest."""
    shades = mpl.colormaps["viridis"]
    return [to_hex(shades(0.88 * place / max(number - 1, 1))) for place in range(number)]
