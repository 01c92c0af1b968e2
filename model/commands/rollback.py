"""``dynint rollback --root releases --name dynint``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes


def rollback(
    root: Annotated[Path, typer.Option(help="Release root.")] = Path("releases"),
    name: Annotated[str, typer.Option(help="Name of the release.")] = "dynint",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Go back to the version that was live before."""
    with exit_codes():
        from model.bundle import model_folder
        from model.bundle import rollback as go_back

        folder = model_folder(root, name)
        pointer = go_back(folder)
        text = (
            f"live       {name} version {pointer.current} (was {pointer.previous})\n"
            f"wrote      {folder}/current.json\n"
            f"undo       dynint rollback --root {shlex.quote(str(root))} --name {name}"
        )
        emit({"name": name, **pointer.to_json()}, as_json, text)
