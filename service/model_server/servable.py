"""The port between serving and what is served."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol


class Servable(Protocol):
    """One loaded version of a model."""

    version: int

    def predict(self, request: Any) -> Any:
        """Answer a PredictRequest with a PredictResponse.

        Raises:
            ServingError: as TF Serving would.
        """

    def signature_defs(self) -> Any:
        """Return the SignatureDefMap of the model."""


Load = Callable[[Path, str, int], Servable]
"""Loads ``(version directory, model name, version)``; raises ``ServingError``."""
