"""What prepared rows look like in one vocabulary, so that other rows can be held beside them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from training.evaluate.slices import field_of_rows
from training.train.prepared_data import SPLITS, PreparedData
from training.train.whole_file import write_whole_bytes

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Profile:
    """Counts of prepared rows.

    Attributes:
        names: of the fields.
        fields: the field of each table row, ``(table rows,)``; the first are the fields'
            out-of-vocabulary rows.
        counts: rows with the level of each table row, ``(table rows,)``.
        rows: how many rows there are.
        clicks: how many of them are clicks.
        files: how many logs they came from.
    """

    names: tuple[str, ...]
    fields: Counts
    counts: Counts
    rows: int
    clicks: int
    files: int

    @classmethod
    def of(cls, data: PreparedData, files: int) -> Self:
        """Count the rows of all splits."""
        fields = field_of_rows(data.vocabulary)
        counts = np.zeros(data.vocabulary.n_rows, np.int64)
        clicks = rows = 0
        for name in SPLITS:
            for block in data.split(name).blocks():
                counts += np.bincount(block.ids.ravel(), minlength=len(counts))
                clicks += int(block.labels.sum())
                rows += len(block)
        return cls(data.spec.names, fields, counts, rows, clicks, files)

    @property
    def positive_rate(self) -> float:
        """Share of clicks."""
        return self.clicks / self.rows

    @property
    def rows_per_file(self) -> float:
        """Mean number of rows of a log."""
        return self.rows / self.files

    def unseen_shares(self) -> npt.NDArray[np.float64]:
        """Return, by field, the share of rows whose level has no row of its own."""
        return self.counts[: len(self.names)] / self.rows

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        numbers = np.array([self.rows, self.clicks, self.files], np.int64)
        names = np.array(self.names)
        write_whole_bytes(
            path,
            lambda file: np.savez_compressed(
                file, names=names, fields=self.fields, counts=self.counts, numbers=numbers
            ),
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            InvalidInputError: if it is damaged.
            FileNotFoundError: if it is not there.
        """
        try:
            with np.load(path, allow_pickle=False) as archive:
                rows, clicks, files = archive["numbers"].tolist()
                names = tuple(archive["names"].tolist())
                return cls(names, archive["fields"], archive["counts"], rows, clicks, files)
        except FileNotFoundError:
            raise
        except Exception as error:  # a damaged file makes the readers of zip and npy raise anything
            raise InvalidInputError(
                f"{path}: must be a profile that retrain wrote; {type(error).__name__}: {error}"
            ) from error
