"""What every log format has, whatever its files are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field
from training.datasets.block import Block
from training.datasets.byte_blocks import BLOCK_BYTES
from training.datasets.click_log import ClickLog
from training.datasets.column import Column
from training.datasets.recipe import Recipe
from training.datasets.reserved import RESERVED
from training.datasets.rules import TimeLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormat(ABC):
    """The fields of a log and where they come from.

    Args:
        name: as ``dynint prepare --format`` calls it.
        about: one line of help.
        columns: the fields, in order.
        default_discretiser: of numeric fields, where none is asked for.
        label: the label's column.
        calendar: further fields, made from the time, that ``--calendar`` asks for.
        time_column: the column that a split by time goes by; ``None`` where the format has none.
        time_layout: how it is written (``TimeLayout``).
        key: the column by which clicks are joined; ``None`` where they are in the log itself.
        clicks: the clicks, if they are joined: then the label's column is not there.

    Raises:
        InvalidInputError: if a field has a name that prepared data keeps for itself (``RESERVED``).
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    default_discretiser: str = "log_square_plus_one"
    label: str = "label"
    calendar: tuple[Column, ...] = ()
    time_column: str | None = None
    time_layout: str = ""
    key: str | None = None
    clicks: ClickLog | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # Plain tuples are columns too.
        object.__setattr__(self, "columns", tuple(Column(*entry) for entry in self.columns))
        refuse_reserved("columns", self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names, in order, those of the calendar left out."""
        return tuple(column.name for column in self.columns)

    def spec(
        self, min_count: int, discretiser: str | None = None, *, calendar: bool = False
    ) -> FeatureSpec:
        """Make the format's FeatureSpec: every column a field.

        Raises:
            InvalidInputError: if an argument breaks the spec's rules.
        """
        chosen = discretiser or self.default_discretiser
        columns = self.columns + (self.calendar if calendar else ())
        return FeatureSpec(
            tuple(
                Field(
                    entry.name, entry.kind, entry.side, chosen if entry.kind == "numeric" else None
                )
                for entry in columns
            ),
            min_count,
        )

    def check_spec(self, spec: FeatureSpec) -> None:
        """Refuse a spec with fields that the format's logs do not have, or with a reserved name.

        Raises:
            InvalidInputError: naming the fields.
        """
        refuse_reserved("spec", spec.names)
        known = {column.name for column in self.columns + self.calendar}
        unknown = [name for name in spec.names if name not in known]
        if unknown:
            raise InvalidInputError(
                f"spec: its fields must be columns of the format {self.name!r}; "
                f"received {', '.join(unknown[:10])}"
            )

    def recipe(self, *, labelled: bool, fields: Sequence[str] | None, timed: bool) -> Recipe:
        """Say what to read of a log; the arguments are those of ``read``."""
        known = {column.name: column for column in self.columns + self.calendar}
        chosen = self.columns if fields is None else tuple(known[name] for name in fields)
        time = None
        if timed and self.time_column is not None:
            time = self.time_column, TimeLayout(self.time_layout)
        label = self.label if labelled and self.clicks is None else None
        return Recipe(chosen, label, self.clicks if labelled else None, time)

    @abstractmethod
    def read(
        self,
        paths: Sequence[Path],
        *,
        labelled: bool = True,
        fields: Sequence[str] | None = None,
        timed: bool = False,
        block_bytes: int = BLOCK_BYTES,
    ) -> Iterator[Block]:
        """Read logs one after the other, block by block.

        Args:
            paths: files.
            labelled: whether there are labels.
            fields: the fields to read; all without the calendar's by default.
            timed: whether to read the time's column.
            block_bytes: about how much text to read at a time.

        Raises:
            InvalidInputError: if a file cannot be read to its end, or lacks a column.
            FileNotFoundError: if there is no such file.
        """


def refuse_reserved(argument: str, names: Sequence[str]) -> None:
    """Refuse the names that prepared data keeps for itself.

    Raises:
        InvalidInputError: naming the argument and the names.
    """
    taken = [name for name in names if name in RESERVED]
    if taken:
        raise InvalidInputError(
            f"{argument}: no field may be called {' or '.join(RESERVED)}, which are columns of "
            f"prepared data; received {', '.join(taken)}"
        )


def check_columns(path: Path, found: Sequence[str], recipe: Recipe) -> None:
    """Refuse a log whose named columns are not what is needed.

    Raises:
        InvalidInputError: naming the file and the columns.
    """
    missing = [name for name in recipe.needed if name not in found]
    if missing:
        label = recipe.label in missing
        hint = "; without labels, see --no-label" if label else ""
        received = ", ".join(n if n.isprintable() else ascii(n) for n in found[:40])
        raise InvalidInputError(
            f"{path}: must have the columns {', '.join(missing)}; "
            f"received {received[:400] or 'none'}{hint}"
        )
    twice = [name for name in recipe.needed if list(found).count(name) > 1]
    if twice:
        raise InvalidInputError(f"{path}: must have each column once; received twice: {twice[0]}")
