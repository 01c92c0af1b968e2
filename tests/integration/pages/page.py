"""A page of the documentation: its blocks in their order."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
SHELL = ("bash", "sh")
_BLOCK = re.compile(r"(?:^`([\w./-]+)`:\n\n)?^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """What is between two fences.

    Attributes:
        language: behind the first fence.
        text: the lines between.
        file: the path before it, if the block is a whole file's content.
    """

    language: str
    text: str
    file: str = ""

    @property
    def is_shell(self) -> bool:
        """Tell whether it is to be typed."""
        return self.language in SHELL

    @property
    def first(self) -> str:
        """Its first line, which names it."""
        return self.text.partition("\n")[0]

    @property
    def commands(self) -> list[str]:
        """List its commands: one a line, those that end in a backslash or an open quote joined."""
        found: list[str] = []
        for line in self.text.splitlines():
            if found and (found[-1].endswith("\\") or found[-1].count("'") % 2):
                found[-1] += f"\n{line}"
            elif line.strip() and not line.startswith("#"):
                found.append(line)
        return found


def blocks(name: str) -> list[Block]:
    """Read a page, by its path in the repository."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [Block(found[2], found[3], found[1] or "") for found in _BLOCK.finditer(text)]


def pages() -> list[str]:
    """List the pages that people read to do something."""
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md"))]
