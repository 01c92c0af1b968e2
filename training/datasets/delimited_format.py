"""Logs of one row a line, columns parted by one character."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.errors import InvalidInputError
from training.datasets.base_format import LogFormat, check_columns
from training.datasets.block import Block
from training.datasets.byte_blocks import BLOCK_BYTES, ByteBlock, read_blocks
from training.datasets.parse_block import parse_block
from training.datasets.recipe import Recipe
from training.datasets.text_layout import TextLayout

Header = Literal["none", "first line", "if there"]

_THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedFormat(LogFormat):
    """What the columns of a text log are.

    Args:
        separator: one character.
        header: whether each file starts with the columns' names. Then they may come in any order,
            and those that nobody needs are skipped; ``if there`` takes a first line with at least
            half of the needed names for one.
        line_columns: the columns of a line without a header, in order, the label's and those that
            are no fields included; by default the label's and the fields' own.
        quoted: whether double quotes may enclose a column (RFC 4180; never over several lines);
            otherwise every character between separators counts.

    The label is 0 or 1.
    """

    separator: str
    header: Header = "none"
    line_columns: tuple[str, ...] = ()
    quoted: bool = False

    def read(
        self,
        paths: Sequence[Path],
        *,
        labelled: bool = True,
        fields: Sequence[str] | None = None,
        timed: bool = False,
        block_bytes: int = BLOCK_BYTES,
    ) -> Iterator[Block]:
        """Read text logs, plain or compressed; see ``LogFormat.read``."""
        recipe = self.recipe(labelled=labelled, fields=fields, timed=timed)
        first_row = 0
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="columns") as pool:
            for place, path in enumerate(paths):
                layout = None
                header = rows = 0
                for block in read_blocks(path, block_bytes):
                    if layout is None:
                        layout, header = self._layout(path, block.data, recipe, labelled)
                        block = _without(block, header)
                    rows = block.first_line - 1 - header + block.lines
                    if block.lines:
                        yield parse_block(
                            block,
                            file=str(path),
                            place=place,
                            first_row=first_row + rows - block.lines,
                            layout=layout,
                            recipe=recipe,
                            pool=pool,
                        )
                if layout is None and self.header == "first line":
                    raise InvalidInputError(f"{path}: must start with a header; it is empty")
                first_row += rows

    def first_line(self, path: Path) -> list[str]:
        """Read the columns' names in a log's first line.

        Raises:
            InvalidInputError: if it has none that can be read.
            FileNotFoundError: if there is no such file.
        """
        for block in read_blocks(path):
            return self._cells(path, block.data)
        raise InvalidInputError(f"{path}: must start with a header; it is empty")

    def _cells(self, path: Path, data: bytes) -> list[str]:
        line = data[: data.index(b"\n")]
        try:
            return TextLayout((), self.separator, self.quoted).split(line)
        except UnicodeDecodeError:
            raise InvalidInputError(f"{path}:1: must be text in UTF-8") from None
        except InvalidInputError as error:
            raise InvalidInputError(f"{path}:1: {error}") from error

    def _layout(
        self, path: Path, data: bytes, recipe: Recipe, labelled: bool
    ) -> tuple[TextLayout, int]:
        """Find out how a file's lines are made up, and how many lines its header takes."""
        if self.header == "first line" or (self.header == "if there" and self._named(data, recipe)):
            names = self._cells(path, data)
            check_columns(path, names, recipe)
            return TextLayout(tuple(names), self.separator, self.quoted), 1
        raw = dict.fromkeys(column.raw for column in self.columns)
        every = self.line_columns or (self.label, *raw)
        without = tuple(name for name in every if name != self.label)
        if self.clicks:
            hint = "labels? leave out --clicks"
        else:
            hint = "no label? see --no-label" if labelled else "labels? leave out --no-label"
        names_here = every if recipe.label else without
        other = len(every) + len(without) - len(names_here)
        return TextLayout(names_here, self.separator, self.quoted, other, hint), 0

    def _named(self, data: bytes, recipe: Recipe) -> bool:
        cells = data[: data.index(b"\n")].split(self.separator.encode())
        return 2 * sum(name.encode() in cells for name in recipe.needed) >= len(recipe.needed)


def _without(block: ByteBlock, header: int) -> ByteBlock:
    """Take the header off a file's first block."""
    if not header:
        return block
    data = block.data[block.data.index(b"\n") + 1 :]
    return ByteBlock(data, block.first_line + 1, block.lines - 1, block.done)
