"""A trained model: the network, its table of embedding rows, and what its inputs mean."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import tensorflow as tf

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from model.trained.file_digests import check_digests, write_digests
from model.trained.replace_folder import replace_folder
from model.zoo import Network, build_network


@dataclass
class TrainedModel:
    """What training makes and export takes.

    On disk it is a folder: ``model.json`` (name, fields, config, info), ``dense.npz`` (the dense
    variables by path), ``table.npy``, ``feature_spec.json``, ``vocabulary.npz``, and
    ``digests.json``, by which an altered one is noticed. Nothing in it is a pickle.

    Args:
        network: the network, with its trained dense variables.
        table: embedding rows, float32, ``(table rows, row width)``.
        spec: the fields and how their values become tokens.
        vocabulary: which row of the table a token's fingerprint has.
        info: anything about the training worth keeping, as a JSON object.

    Raises:
        InvalidInputError: if the table's width is not the network's, or its rows are not the
            vocabulary's.
    """

    network: Network
    table: np.ndarray
    spec: FeatureSpec
    vocabulary: Vocabulary
    info: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that the parts fit."""
        expected = (self.vocabulary.n_rows, self.network.row_width)
        if self.table.shape != expected:
            raise InvalidInputError(
                f"table: must have shape {expected}; received {self.table.shape}"
            )
        if len(self.spec.fields) != self.network.fields:
            raise InvalidInputError(
                f"spec: must have {self.network.fields} fields; received {len(self.spec.fields)}"
            )

    @cached_property
    def _forward(self) -> Any:
        network = self.network
        shape = (None, network.fields, network.row_width)
        signature = [tf.TensorSpec(shape, network.compute_dtype)]
        return tf.function(lambda embeddings: network(embeddings), input_signature=signature)

    def logits(self, ids: np.ndarray, batch: int = 4096) -> np.ndarray:
        """Score rows of table ids.

        Args:
            ids: rows of the table, ``(n, fields)``.
            batch: how many are scored at a time.

        Returns:
            Logits in the network's dtype, ``(n,)``.
        """
        dtype = self.network.compute_dtype
        logits = np.empty(len(ids), dtype)
        for start in range(0, len(ids), batch):
            embeddings = self.table[ids[start : start + batch]].astype(dtype, copy=False)
            logits[start : start + batch] = self._forward(embeddings)
        return logits

    def save(self, path: str | Path) -> None:
        """Write the folder ``path``, wholly or not at all; a folder that is there is replaced."""
        network = self.network
        about = {
            "name": network.name_in_zoo,
            "fields": network.fields,
            "config": network.config,
            "info": self.info,
        }
        dense: dict[str, Any] = {
            key: np.asarray(value) for key, value in network.named_variables.items()
        }
        with replace_folder(Path(path)) as folder:
            text = json.dumps(about, indent=2, allow_nan=False)
            (folder / "model.json").write_text(text + "\n", encoding="utf-8")
            np.savez(folder / "dense.npz", **dense)
            np.save(folder / "table.npy", self.table, allow_pickle=False)
            self.spec.save(folder / "feature_spec.json")
            self.vocabulary.save(folder / "vocabulary.npz")
            write_digests(folder)

    @classmethod
    def load(cls, path: str | Path, dtype: str = "float32") -> Self:
        """Read what ``save`` wrote.

        Args:
            path: the folder.
            dtype: of the network's weights and arithmetic; the table stays float32.

        Raises:
            FileNotFoundError: if the folder or one of its files is absent.
            InvalidInputError: if a file was altered or its parts do not fit.
        """
        folder = Path(path)
        try:
            check_digests(folder)
            about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            network = build_network(about["name"], about["fields"], about["config"], dtype)
            with (folder / "dense.npz").open("rb") as file:
                restore_variables(network, np.load(file, allow_pickle=False))
            return cls(
                network,
                np.load(folder / "table.npy", allow_pickle=False),
                FeatureSpec.load(folder / "feature_spec.json"),
                Vocabulary.load(folder / "vocabulary.npz"),
                about["info"],
            )
        except (InvalidInputError, OSError):
            raise
        except Exception as error:  # a broken file makes the readers of zip and npy raise anything
            raise InvalidInputError(
                f"{folder}: must be a trained model as it was saved; received {error!r}"
            ) from error


def restore_variables(network: Network, arrays: Any) -> None:
    """Assign the network's dense variables from arrays by path.

    Raises:
        InvalidInputError: if the paths or the shapes are not the network's.
    """
    variables = network.named_variables
    if set(arrays) != set(variables):
        raise InvalidInputError(
            f"dense variables: must be {sorted(variables)}; received {sorted(arrays)}"
        )
    for key, variable in variables.items():
        value = arrays[key]
        if value.shape != tuple(variable.shape):
            raise InvalidInputError(
                f"{key}: must have shape {tuple(variable.shape)}; received {value.shape}"
            )
        variable.assign(value)
