"""A run's start from another run's best state."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from training.train.carry_state import carry_state
from training.train.learner import Learner
from training.train.prepared_data import PreparedData
from training.train.row_map import RowMap
from training.train.run_config import RunConfig
from training.train.warm_source import WarmSource


class WarmStart:
    """What ``--warm-start RUN`` asks for.

    A run that has a checkpoint of its own goes on without its source: it may be gone by then.

    Args:
        path: the source, a run's folder.
        out: the folder of the run that starts.

    Raises:
        InvalidInputError: if they are one folder.
    """

    def __init__(self, path: str | Path, out: str | Path) -> None:
        self.path = Path(path).resolve()
        if self.path == Path(out).resolve():
            raise InvalidInputError(
                f"warm-start: must be another run than --out; received {path} for both"
            )
        self._found: WarmSource | InvalidInputError
        try:
            self._found = WarmSource.open(path)
        except InvalidInputError as error:
            self._found = error

    @property
    def source(self) -> WarmSource:
        """The source.

        Raises:
            InvalidInputError: if it cannot be used.
        """
        if isinstance(self._found, InvalidInputError):
            raise self._found
        return self._found

    @property
    def identity(self) -> dict[str, Any]:
        """What a run that goes on must have started from: digests, or the path of one that is gone."""
        if isinstance(self._found, InvalidInputError):
            return {"run": str(self.path)}
        return self._found.record()

    def record(self, data: PreparedData) -> dict[str, Any]:
        """Say for ``run.json`` what the run starts from, and how many rows are carried.

        Raises:
            InvalidInputError: if the source cannot be used.
        """
        return {**self.source.record(), "rows": self._rows(data).counts()}

    def check(self, config: RunConfig, data: PreparedData) -> None:
        """Check that the source fits, if it is there.

        Raises:
            InvalidInputError: as ``WarmSource.check_fits``.
        """
        if isinstance(self._found, WarmSource):
            self._found.check_fits(config, data)

    def apply(self, learner: Learner, config: RunConfig, data: PreparedData) -> None:
        """Put a learner that is at its initial values into the source's best state.

        Raises:
            InvalidInputError: if the source cannot be used, or is damaged.
        """
        source = self.source
        carry_state(learner, config, source.arrays(), source.config, self._rows(data))

    def _rows(self, data: PreparedData) -> RowMap:
        return RowMap.between(self.source.vocabulary, data.vocabulary)


def warm_text(record: Mapping[str, Any]) -> str:
    """Say what a run started from."""
    rows = ", ".join(f"{count:,} {what}" for what, count in record["rows"].items())
    return f"from {record['run']}, step {record['step']:,}: rows {rows}"
