"""The spec and the vocabulary of an earlier model, which prepared data may carry on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from model.json_objects import read_object

SPEC, VOCABULARY = "feature_spec.json", "vocabulary.npz"


@dataclass(frozen=True)
class Carried:
    """What is carried on.

    A level of it that the counted rows hold keeps its place in the vocabulary, however rare it is
    there; one that they do not hold is aged out.

    Args:
        folder: where it was found.
        spec: its fields; the new data have the same.
        vocabulary: its levels.
    """

    folder: Path
    spec: FeatureSpec
    vocabulary: Vocabulary

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read a run of ``dynint train``, a trained model (RUN/model) or prepared data.

        Raises:
            InvalidInputError: if a file is damaged, or is not the one that the folder tells of.
            FileNotFoundError: if a file is not there.
        """
        folder = path / "model" if (path / "model").is_dir() else path
        spec = FeatureSpec.load(folder / SPEC)
        vocabulary = Vocabulary.load(folder / VOCABULARY)
        if vocabulary.n_fields != len(spec.fields):
            raise InvalidInputError(
                f"carry: {folder / VOCABULARY} must have the {len(spec.fields)} fields of {SPEC}; "
                f"received {vocabulary.n_fields}"
            )
        told = _told(folder)
        for name, digest in (("spec", spec.digest), ("vocabulary", vocabulary.digest)):
            expected = told.get(f"{name}_digest")
            if expected is not None and expected != digest:
                raise InvalidInputError(
                    f"carry: the {name} in {folder} must be the one that was written there, "
                    f"{str(expected)[:12]}...; received {digest[:12]}..."
                )
        return cls(folder, spec, vocabulary)

    def field_entry(self, place: int, kept: Vocabulary) -> dict[str, int]:
        """Count one field's levels for the data card.

        Args:
            place: of the field.
            kept: the new vocabulary.

        Returns:
            ``carried``: in both vocabularies; ``new``: in the new one alone; ``aged_out``: in the
            old one alone.
        """
        old = self.vocabulary.fingerprints[self.vocabulary.fields == place]
        new = kept.fingerprints[kept.fields == place]
        both = int(np.isin(old, new, assume_unique=True).sum())
        return {"carried": both, "new": len(new) - both, "aged_out": len(old) - both}

    def card(self, fields: list[dict[str, Any]]) -> dict[str, Any]:
        """Describe it for the data card, with the sums of its fields' entries."""
        totals = {
            key: sum(entry[key] for entry in fields) for key in ("carried", "new", "aged_out")
        }
        return {"vocabulary_digest": self.vocabulary.digest, **totals}


def _told(folder: Path) -> dict[str, Any]:
    """Read the digests that a trained model or prepared data tell of themselves."""
    if (folder / "model.json").is_file():
        about = read_object(folder / "model.json", {"info": dict})
        found = about["info"].get("data")
        return found if isinstance(found, dict) else {}
    return read_object(folder / "data_card.json")
