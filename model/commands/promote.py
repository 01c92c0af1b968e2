"""``dynint promote --root releases --name dynint 7``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes


def promote(
    version: Annotated[str, typer.Argument(help="Version to make live.")],
    root: Annotated[Path, typer.Option(help="Release root.")] = Path("releases"),
    name: Annotated[str, typer.Option(help="Name of the release.")] = "dynint",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a version the live one; the one that was live becomes the previous."""
    with exit_codes():
        from model.bundle import model_folder
        from model.bundle import promote as make_live

        folder = model_folder(root, name)
        pointer = make_live(folder, version)
        place = shlex.quote(str(root))
        back = (
            f"back       dynint rollback --root {place} --name {name} (to {pointer.previous})"
            if pointer.previous
            else f"next       dynint serve --release-root {place} --name {name}"
        )
        text = (
            f"live       {name} version {pointer.current}\nwrote      {folder}/current.json\n{back}"
        )
        emit({"name": name, **pointer.to_json()}, as_json, text)
