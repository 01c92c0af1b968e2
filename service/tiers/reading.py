"""What a cache said when it was asked for rows."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Reading:
    """The answer to one read; there is always one, however little it holds.

    Attributes:
        values: in the order of the fingerprints; ``None`` for what is not there or was not told.
        answered: whether the cache spoke of it at all, ``(n,)``. Only a row that it said it does
            not have is worth writing.
        failures: why levels that were asked for were not told of, and how many:
            ``timeout`` (no answer at all within the budget), ``late`` (some came, and these did
            not), ``error`` or ``open`` (it is left alone). Empty if the cache did all that was
            asked of it.
        skipped: levels that were not asked for, as the budget was not enough for our own work.
    """

    values: list[bytes | None]
    answered: NDArray[np.bool_]
    failures: dict[str, int] = field(default_factory=dict)
    skipped: int = 0
