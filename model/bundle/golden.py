"""The golden batch: raw rows and the logits that the trained network gives them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from model.errors import BundleError, CheckFailedError
from model.os_errors import in_words
from model.regular_file import read_regular

GOLDEN = "golden.json"
GOLDEN_ROWS = 64
TOLERANCE = 1e-5
"""Allowed |logit - reference| / max(1, |reference|)."""


def relative_difference(
    logits: NDArray[np.floating[Any]], reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Measure ``|logit - reference| / max(1, |reference|)`` elementwise."""
    return np.abs(np.asarray(logits, np.float64) - reference) / np.maximum(1.0, np.abs(reference))


@dataclass(frozen=True)
class Golden:
    """Raw instances, as requests carry them, with the float64 logits of the unfolded network.

    Attributes:
        instances: one mapping of field name to raw value per row; missing fields are absent.
        logits: one reference per row.
        source: where the instances come from, in words.
    """

    instances: tuple[Mapping[str, object], ...]
    logits: tuple[float, ...]
    source: str

    def compare(self, logits: NDArray[np.floating[Any]]) -> float:
        """Compare served logits with the references and return the largest relative difference.

        Raises:
            CheckFailedError: if one is not finite or differs by more than ``TOLERANCE``.
        """
        difference = relative_difference(logits, np.asarray(self.logits, np.float64))
        wrong = ~(difference <= TOLERANCE)  # also NaN
        if wrong.any():
            place = int(wrong.argmax())
            raise CheckFailedError(
                f"{GOLDEN}: logits must agree within {TOLERANCE:g} * max(1, |logit|); instance "
                f"{place} must give {self.logits[place]:.9g}, and the served graph gives "
                f"{logits[place]:.9g}"
            )
        return float(difference.max(initial=0.0))

    def save(self, folder: Path) -> None:
        """Write ``golden.json`` into a folder."""
        content = {
            "source": self.source,
            "instances": list(self.instances),
            "logits": list(self.logits),
        }
        text = json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False)
        (folder / GOLDEN).write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read ``golden.json`` of a folder.

        Raises:
            BundleError: if it is absent or not of its form.
        """
        path = folder / GOLDEN
        try:
            content = json.loads(read_regular(path))
            golden = cls(
                tuple(dict(instance) for instance in content["instances"]),
                tuple(float(logit) for logit in content["logits"]),
                str(content["source"]),
            )
        except OSError as error:
            raise BundleError(f"{path}: cannot be read: {in_words(error)}") from error
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise BundleError(
                f"{path}: does not have the form of a golden batch: {error}"
            ) from error
        if len(golden.instances) != len(golden.logits) or not all(
            map(math.isfinite, golden.logits)
        ):
            raise BundleError(f"{path}: must hold one finite logit per instance")
        return golden
