"""``dynint rollback --root releases --name dynint``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes
from model.release_root import root_option


def rollback(
    root: Annotated[Path, root_option()] = Path("releases"),
    name: Annotated[str, typer.Option(help="Name of the release.")] = "dynint",
    gateway: Annotated[
        list[str] | None,
        typer.Option(
            help="http://host:port: with a canary on trial, first ask it for a verdict, which is "
            "the record's then; again."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Go back to the version that was live before; with a canary on trial, end the canary only."""
    with exit_codes():
        from model.bundle import evidence_path, model_folder, read_pointer
        from model.bundle import rollback as go_back
        from model.commands.judged import end_judged

        folder = model_folder(root, name)
        before = read_pointer(folder)
        pointer = end_judged(folder, name, before, gateway or []) or go_back(folder)
        ended = before.canary.version if before and before.canary else None
        options = f"--root {shlex.quote(str(root))} --name {name}"
        if ended is not None:
            text = (
                f"ended      {name} version {ended}, the canary; version {pointer.current} stays live\n"
                f"wrote      {folder}/current.json, {evidence_path(folder, ended)}"
            )
            if pointer.previous is not None:
                text += f"\nfurther    dynint rollback {options} (to {pointer.previous})"
        else:
            text = (
                f"live       {name} version {pointer.current} (was {pointer.previous})\n"
                f"wrote      {folder}/current.json\n"
                f"undo       dynint rollback {options}"
            )
        emit({"name": name, **pointer.to_json(), "ended_canary": ended}, as_json, text)
