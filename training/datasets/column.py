"""One field of a log format."""

from typing import NamedTuple

from model.features.field import Kind, Side
from training.datasets.rules import Rule


class Column(NamedTuple):
    """A field, and the column of the log that it comes from.

    Args:
        name: the field's.
        kind: ``categorical`` or ``numeric``.
        side: ``context`` or ``candidate``.
        source: the log's column; the field's own name where it is empty.
        rule: makes the field's text from the column's; ``None`` takes it as it is.
    """

    name: str
    kind: Kind
    side: Side
    source: str = ""
    rule: Rule | None = None

    @property
    def raw(self) -> str:
        """The log's column."""
        return self.source or self.name
