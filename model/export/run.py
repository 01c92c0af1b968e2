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

    Raises:
        InvalidInputError: if the run is not finished, by its own account.
    """

    model: TrainedModel
    about: dict[str, Any]

    def __post_init__(self) -> None:
        """Check that there is something to release."""
        _require_finished(self.about)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a run's folder, or a trained model's alone.

        Raises:
            InvalidInputError: if there is no finished run or trained model, ``run.json`` is not a
                JSON object, or the model was altered.
        """
        if not folder.is_dir():
            raise InvalidInputError(
                f"run: must be a finished run of 'dynint train'; {folder} does not exist"
            )
        about: dict[str, Any] = {}
        path = folder / "run.json"
        if path.exists():
            try:
                about = json.loads(path.read_bytes())
            except ValueError as error:
                raise InvalidInputError(f"{path}: must be JSON; {error}") from error
            if not isinstance(about, dict):
                raise InvalidInputError(f"{path}: must be a JSON object")
            _require_finished(about)
        model = folder if (folder / "model.json").is_file() else folder / "model"
        if not (model / "model.json").is_file():
            raise InvalidInputError(
                f"run: must be a finished run of 'dynint train'; there is no {model / 'model.json'}"
            )
        return cls(TrainedModel.load(model), about)

    @property
    def data_digest(self) -> str | None:
        """Digest of the data it was trained on, if known."""
        return self._data.get("digest")

    def prepared_data(self) -> Path | None:
        """Find the data it was trained on, if it still is where it was and still is the same."""
        path = Path(self._data.get("path", ""))
        try:
            card = json.loads((path / "data_card.json").read_bytes())
            same = card.get("digest") == self.data_digest
        except (OSError, ValueError, AttributeError):
            same = False
        return path if same else None

    @property
    def _data(self) -> dict[str, Any]:
        data = self.about.get("data")
        return data if isinstance(data, dict) else {}

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


def _require_finished(about: dict[str, Any]) -> None:
    status = about.get("status", "finished")
    if status != "finished":
        raise InvalidInputError(
            f"run: must be finished; its run.json says {status!r}. dynint train goes on with it"
        )
