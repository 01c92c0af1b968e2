"""How the lines of one text log are made up."""

import re
from dataclasses import dataclass
from functools import cached_property

from model.errors import InvalidInputError

QUOTES = "quotes must enclose a whole column and be doubled inside it"


@dataclass(frozen=True)
class TextLayout:
    """The columns of a line and what parts them.

    Args:
        names: every column, in order, those that nobody needs too.
        separator: one character.
        quoted: whether double quotes may enclose a column (RFC 4180; never over several lines).
        other: the number of columns that lines have if the label is there, or not, against
            expectation; 0 where it says nothing.
        hint: what to do then.
    """

    names: tuple[str, ...]
    separator: str
    quoted: bool = False
    other: int = 0
    hint: str = ""

    def places(self, names: tuple[str, ...]) -> list[int]:
        """Give the places of some columns."""
        return [self.names.index(name) for name in names]

    @cached_property
    def _lines(self) -> re.Pattern[bytes]:
        parted = re.escape(self.separator)
        cell = rf'(?:"(?:[^"\n]|"")*+"|[^"{parted}\n]*+)'
        return re.compile(rf"(?:{cell}(?:{parted}{cell})*+\n)*+".encode())

    @cached_property
    def _cell(self) -> re.Pattern[str]:
        parted = re.escape(self.separator)
        return re.compile(rf'{parted}(?:"((?:[^"]|"")*)"|([^"{parted}]*))')

    def has_quotes(self, data: bytes) -> bool:
        """Tell whether there are quotes that mean something."""
        return self.quoted and b'"' in data

    def is_sound(self, data: bytes) -> bool:
        r"""Tell whether all quotes of some lines, each ended by ``\n``, are where they may be."""
        return self._lines.fullmatch(data) is not None

    def split(self, line: bytes) -> list[str]:
        """Take a line, without its end, apart.

        Raises:
            UnicodeDecodeError: if it is no UTF-8.
            InvalidInputError: if a quote is where none may be.
        """
        text = line.decode()
        if not self.has_quotes(line):
            return text.split(self.separator)
        if not self.is_sound(line + b"\n"):
            raise InvalidInputError(QUOTES)
        cells = self._cell.findall(self.separator + text)
        return [quoted.replace('""', '"') or plain for quoted, plain in cells]
