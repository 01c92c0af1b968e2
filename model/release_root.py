"""The option that names a release root, for every verb that has one."""

from pathlib import Path
from typing import Any

import typer


def release_root(text: str | Path) -> Path:
    """Read the option; a script's variable that is not set must not stand for the current folder.

    Raises:
        typer.BadParameter: if the text is empty, which ``Path`` would take for ``.``.
    """
    if not str(text):
        raise typer.BadParameter("must name a folder; received an empty text ('.' is this folder)")
    return Path(text)


def root_option(help_text: str = "Release root.") -> Any:
    """Declare it: Typer's option, with a text for ``--help``."""
    return typer.Option(help=help_text, parser=release_root, metavar="<path>")
