"""Lines that Arrow will not take as they are, one by one."""

from typing import NamedTuple

from model.errors import InvalidInputError
from training.datasets.bad_line import BadLine
from training.datasets.byte_blocks import ByteBlock
from training.datasets.text_layout import TextLayout


class Sifted(NamedTuple):
    """The lines of a block, told apart.

    Args:
        good: the places of lines that can be rows.
        bad: the ones that cannot.
        empty: how many have nothing in them.
    """

    good: list[int]
    bad: list[BadLine]
    empty: int


def sift(block: ByteBlock, file: str, layout: TextLayout) -> Sifted:
    """Find the lines with the right number of columns."""
    parted = layout.separator.encode()
    width = len(layout.names)
    good: list[int] = []
    bad: list[BadLine] = []
    empty = 0
    for place, line in enumerate(block.data.split(b"\n")[:-1]):
        number = block.first_line + place
        if not line:
            empty += 1
            continue
        try:
            line.decode()
            found = len(layout.split(line)) if layout.has_quotes(line) else line.count(parted) + 1
        except UnicodeDecodeError:
            bad.append(BadLine(file, number, "must be text in UTF-8", "not UTF-8"))
            continue
        except InvalidInputError as error:
            bad.append(BadLine(file, number, str(error), "quotes"))
            continue
        if found == width:
            good.append(place)
        else:
            reason = f"must have {width} columns; received {found}"
            reason += f" ({layout.hint})" if found == layout.other else ""
            bad.append(BadLine(file, number, reason, "column count"))
    return Sifted(good, bad, empty)
