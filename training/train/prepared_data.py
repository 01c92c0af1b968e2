"""A folder that ``dynint prepare`` wrote, as training reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from model.json_objects import read_object
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
        labelled: whether rows have labels, from the data card.
        rows: rows by split, as far as the data card tells.
    """

    path: Path
    spec: FeatureSpec
    vocabulary: Vocabulary
    digest: str
    labelled: bool = True
    rows: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a prepared folder.

        Raises:
            InvalidInputError: if the folder or its data card is absent, a file is damaged, or they
                do not fit.
            FileNotFoundError: if another of its files is absent.
        """
        folder = Path(path)
        card_file = folder / "data_card.json"
        if not card_file.is_file():
            raise InvalidInputError(
                f"data: must be a folder written by 'dynint prepare'; {card_file.name} is "
                f"not in {folder}"
            )
        card = read_object(card_file, {"digest": str})
        spec = FeatureSpec.load(folder / "feature_spec.json")
        vocabulary = Vocabulary.load(folder / "vocabulary.npz")
        if vocabulary.n_fields != len(spec.fields):
            raise InvalidInputError(
                f"data: vocabulary.npz must have the spec's {len(spec.fields)} fields; "
                f"received {vocabulary.n_fields}"
            )
        labelled = bool(card.get("labelled", True))
        return cls(folder, spec, vocabulary, card["digest"], labelled, _rows(card_file, card))

    def require_labels(self) -> None:
        """Check that there is something to learn from, or to measure a model against.

        Raises:
            InvalidInputError: if the rows have no labels.
        """
        if not self.labelled:
            raise InvalidInputError(
                f"data: must have labels; {self.path} was prepared with --no-label and has none"
            )

    def split(self, name: str) -> Split:
        """Open one split.

        Raises:
            InvalidInputError: for an unknown name, no rows, other rows than the data card's, or
                columns that are not the spec's.
        """
        if name not in SPLITS:
            raise InvalidInputError(f"split: must be one of {SPLITS}; received {name!r}")
        split = Split.open(self.path / name, self.spec.names)
        expected = self.rows.get(name, split.rows)
        if split.rows != expected:
            raise InvalidInputError(
                f"data: {split.path} must hold the {expected:,} rows that data_card.json says; "
                f"found {split.rows:,} in {len({group.path for group in split.groups})} shards"
            )
        return split


def _rows(card_file: Path, card: Mapping[str, Any]) -> dict[str, int]:
    try:
        return {name: int(entry["rows"]) for name, entry in card.get("splits", {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{card_file}: splits must have a number of rows each; received {error!r}"
        ) from error
