"""Pieces of Markdown."""

import re
from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by make references from the code: change it there. -->"


def prose(text: str) -> str:
    """Put a docstring's paragraph in one line, its code in single backticks."""
    return re.sub(r"``", "`", " ".join(text.split()))


def cell(text: str) -> str:
    """Make text fit into a table's cell."""
    return prose(text).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def document(title: str, *parts: str) -> str:
    """Join a page's parts."""
    return "\n\n".join([f"# {title}", GENERATED, *(part for part in parts if part)]) + "\n"
