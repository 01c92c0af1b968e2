"""What a training run left that a release records."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from model.trained import TrainedModel
from model.zoo import build_network


@dataclass(eq=False)
class Run:
    """A run's folder: the trained model, and ``run.json``.

    Attributes:
        model: the trained model.
        about: what ``run.json`` holds; empty for a model without one.
    """

    model: TrainedModel
    about: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a run's folder, or a trained model's alone.

        Raises:
            FileNotFoundError: if there is no trained model.
            InvalidInputError: if ``run.json`` is not a JSON object or the model does not fit.
        """
        model = folder / "model" if (folder / "model").is_dir() else folder
        about: dict[str, Any] = {}
        path = folder / "run.json"
        if path.exists():
            try:
                about = json.loads(path.read_bytes())
            except ValueError as error:
                raise InvalidInputError(f"{path}: must be JSON; {error}") from error
            if not isinstance(about, dict):
                raise InvalidInputError(f"{path}: must be a JSON object")
        return cls(TrainedModel.load(model), about)

    @cached_property
    def _reference(self) -> TrainedModel:
        network = self.model.network
        twin = build_network(network.name_in_zoo, network.fields, network.config, "float64")
        for key, variable in twin.named_variables.items():
            variable.assign(network.named_variables[key].numpy())
        return TrainedModel(twin, self.model.table, self.model.spec, self.model.vocabulary)

    def reference_logits(self, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        """Score rows of table ids, ``(n, fields)``, by the unfolded network in float64."""
        return self._reference.logits(ids)
