"""Logs of one row a line, columns parted by one character."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field
from model.features.field import Kind, Side
from training.datasets.block import Block
from training.datasets.byte_blocks import BLOCK_BYTES, read_blocks
from training.datasets.parse_block import parse_block
from training.datasets.reserved import RESERVED

_THREADS = 2


@dataclass(frozen=True, slots=True)
class DelimitedFormat:
    """What the columns of a log are.

    No header line, no quoting: every character between separators counts.

    Args:
        name: as ``dynint prepare --format`` calls it.
        about: one line of help.
        columns: name, kind and side of each column, in the log's order, the label's left out.
        separator: one character.
        default_discretiser: of numeric fields, where none is asked for.
        time_column: the column that a split by time goes by; ``None`` where the format has none.

    The label, 0 or 1, is the first column, if the log has labels.

    Raises:
        InvalidInputError: if a column has a name that prepared data keeps for itself
            (``RESERVED``).
    """

    name: str
    about: str
    columns: tuple[tuple[str, Kind, Side], ...]
    separator: str
    default_discretiser: str
    time_column: str | None = None

    def __post_init__(self) -> None:
        _refuse_reserved("columns", self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names, in the log's order."""
        return tuple(name for name, _, _ in self.columns)

    def spec(self, min_count: int, discretiser: str | None = None) -> FeatureSpec:
        """Make the format's FeatureSpec: every column a field.

        Raises:
            InvalidInputError: if an argument breaks the spec's rules.
        """
        chosen = discretiser or self.default_discretiser
        return FeatureSpec(
            tuple(
                Field(name, kind, side, chosen if kind == "numeric" else None)
                for name, kind, side in self.columns
            ),
            min_count,
        )

    def check_spec(self, spec: FeatureSpec) -> None:
        """Refuse a spec with fields that the format's logs do not have, or with a reserved name.

        Raises:
            InvalidInputError: naming the fields.
        """
        _refuse_reserved("spec", spec.names)
        unknown = [name for name in spec.names if name not in self.names]
        if unknown:
            raise InvalidInputError(
                f"spec: its fields must be columns of the format {self.name!r}; "
                f"received {', '.join(unknown[:10])}"
            )

    def read(
        self, paths: Sequence[Path], *, labelled: bool = True, block_bytes: int = BLOCK_BYTES
    ) -> Iterator[Block]:
        """Read logs one after the other, block by block.

        Args:
            paths: files, plain or compressed.
            labelled: whether the label's column is there.
            block_bytes: about how much text to read at a time.

        Raises:
            InvalidInputError: if a file cannot be read to its end.
            FileNotFoundError: if there is no such file.
        """
        first_row = 0
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="columns") as pool:
            for path in paths:
                lines = 0
                for block in read_blocks(path, block_bytes):
                    yield parse_block(
                        block,
                        file=str(path),
                        first_row=first_row + block.first_line - 1,
                        names=self.names,
                        separator=self.separator,
                        labelled=labelled,
                        pool=pool,
                    )
                    lines = block.first_line - 1 + block.lines
                first_row += lines


def _refuse_reserved(argument: str, names: Sequence[str]) -> None:
    taken = [name for name in names if name in RESERVED]
    if taken:
        raise InvalidInputError(
            f"{argument}: no field may be called {' or '.join(RESERVED)}, which are columns of "
            f"prepared data; received {', '.join(taken)}"
        )
