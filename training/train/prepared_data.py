"""A folder that ``dynint prepare`` wrote, as training reads it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from training.train.split import Split

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class PreparedData:
    """Spec, vocabulary and splits.

    Args:
        path: the folder.
        spec: its fields.
        vocabulary: its levels' rows.
        digest: SHA-256 of the outputs' content, from the data card.
    """

    path: Path
    spec: FeatureSpec
    vocabulary: Vocabulary
    digest: str

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a prepared folder.

        Raises:
            InvalidInputError: if the folder or one of its files is absent, or they do not fit.
        """
        folder = Path(path)
        card_file = folder / "data_card.json"
        if not card_file.is_file():
            raise InvalidInputError(
                f"data: must be a folder written by 'dynint prepare'; {card_file.name} is "
                f"not in {folder}"
            )
        card = json.loads(card_file.read_text(encoding="utf-8"))
        spec = FeatureSpec.load(folder / "feature_spec.json")
        vocabulary = Vocabulary.load(folder / "vocabulary.npz")
        if vocabulary.n_fields != len(spec.fields):
            raise InvalidInputError(
                f"data: vocabulary.npz must have the spec's {len(spec.fields)} fields; "
                f"received {vocabulary.n_fields}"
            )
        return cls(folder, spec, vocabulary, str(card["digest"]))

    def split(self, name: str) -> Split:
        """Open one split.

        Raises:
            InvalidInputError: for an unknown name, no rows, or columns that are not the spec's.
        """
        if name not in SPLITS:
            raise InvalidInputError(f"split: must be one of {SPLITS}; received {name!r}")
        return Split.open(self.path / name, self.spec.names)
